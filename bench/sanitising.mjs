import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sanitizeSql, summarizeSql } from '@pg-otel/instrumentation/sql';

const corpus = fileURLToPath(new URL('../packages/instrumentation/src/sql/corpus', import.meta.url));

/** Texts of any length, made of `n` pieces. */
const SYNTHETIC = {
  'values of an INSERT': (n) =>
    `insert into t (a, b, c) values ${repeat(n, (i) => `(${i}, 'name ${i}', ${i}.25)`)}`,
  'IN list': (n) => `select * from orders where id in (${repeat(n, (i) => 100_000 + i)})`,
  joins: (n) =>
    `select 1 from a ${repeat(n, (i) => `join t${i} on t${i}.id = a.id and t${i}.kind = 'x'`, ' ')}`,
  comments: (n) => `select 1 ${repeat(n, () => '/* a /* nested */ comment */ -- and a line\n', '')}`,
  parentheses: (n) => `select ${'('.repeat(n * 8)}1${')'.repeat(n * 8)}`,
};

const repeat = (n, piece, between = ', ') => Array.from({ length: n }, (_, i) => piece(i)).join(between);

/**
 * `[{ text, sanitize, summarize, linearity }]`: MB/s of text that no cache knows, and how much longer a text of four
 * times the length takes, of the slower of the two functions (4 is linear).
 */
export function measureSanitising({ characters, repetitions }) {
  const statements = readdirSync(corpus).map((file) => readFileSync(path.join(corpus, file), 'utf8'));
  const rows = [
    {
      text: `corpus: ${statements.length} files of statements`,
      sanitize: rate(sanitizeSql, statements, repetitions),
      summarize: rate(summarizeSql, statements, repetitions),
    },
  ];
  for (const [text, make] of Object.entries(SYNTHETIC)) {
    const pieces = Math.ceil((characters / make(1000).length) * 1000);
    const [once, twice, fourTimes] = [1, 2, 4].map((times) => [make(pieces * times)]);
    const functions = [sanitizeSql, summarizeSql];
    const growth = functions.map((each) => [
      seconds(each, twice, repetitions) / seconds(each, once, repetitions),
      seconds(each, fourTimes, repetitions) / seconds(each, once, repetitions),
    ]);
    rows.push({
      text: `${text}, ${(fourTimes[0].length / 1e6).toFixed(1)} MB`,
      sanitize: rate(sanitizeSql, fourTimes, repetitions),
      summarize: rate(summarizeSql, fourTimes, repetitions),
      growth: growth[0][1] > growth[1][1] ? growth[0] : growth[1],
    });
  }
  return rows;
}

function rate(work, texts, repetitions) {
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  return characters / 1e6 / seconds(work, texts, repetitions);
}

/** The best of many: what is left when nothing disturbs. */
function seconds(work, texts, repetitions) {
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const before = performance.now();
    for (const text of texts) work(text);
    best = Math.min(best, performance.now() - before);
  }
  return best / 1000;
}
