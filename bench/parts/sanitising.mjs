import { measureSanitising } from '../sanitising.mjs';
import { table } from '../table.mjs';

/** MB/s, of the slowest text. */
const LIMIT = 50;

export const sanitising = {
  title: 'Sanitising of uncached text',
  cells: [{}],
  measure: (_cell, { effort }) => measureSanitising(effort.sanitising),
  report: ([{ measured }]) =>
    table(
      ['text', '`sanitizeSql` MB/s', '`summarizeSql` MB/s', 'time for 2 × and 4 × the length'],
      measured.map(({ text, sanitize, summarize, growth }) => [
        text,
        sanitize.toFixed(0),
        summarize.toFixed(0),
        growth.map((times) => `${times.toFixed(1)} ×`).join(', '),
      ]),
    ),
  judge: ([{ measured }]) =>
    ['sanitize', 'summarize'].map((name) => {
      const slowest = Math.min(...measured.map((row) => row[name]));
      return {
        goal: `\`${name}Sql\`, the slowest text`,
        limit: `≥ ${LIMIT} MB/s`,
        measured: `${slowest.toFixed(0)} MB/s`,
        isMet: slowest >= LIMIT,
      };
    }),
};
