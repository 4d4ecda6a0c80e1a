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
  'nested conditions': (n) =>
    `select 1 from a where ${repeat(n, (i) => `(b = ${i} or `, '')}true${')'.repeat(n)}`,
  comments: (n) => `select 1 ${repeat(n, () => '/* a /* nested */ comment */ -- and a line\n', '')}`,
};

const repeat = (n, piece, between = ', ') => Array.from({ length: n }, (_, i) => piece(i)).join(between);

const FUNCTIONS = { sanitize: sanitizeSql, summarize: summarizeSql };
const SIZES = [1, 2, 4];

/**
 * `[{ text, sanitize, summarize, growth }]`: MB/s of text that no cache knows, and how many times as long twice and four
 * times the text takes, of the function that grows more.
 */
export function measureSanitising({ characters, passes, seconds }) {
  const statements = readdirSync(corpus).flatMap((file) =>
    readFileSync(path.join(corpus, file), 'utf8').split(/;\n/),
  );
  const rows = [
    { text: `corpus, ${statements.length} statements`, sizes: [statements] },
    ...Object.entries(SYNTHETIC).map(([text, make]) => {
      const pieces = Math.ceil((characters / make(1000).length) * 1000);
      return {
        text: `${text}, ${SIZES.at(-1) * characters} characters`,
        sizes: SIZES.map((size) => [make(pieces * size)]),
      };
    }),
  ];
  const best = fastest(rows, passes, seconds);
  return rows.map(({ text, sizes }) => {
    const longest = sizes.at(-1);
    const megabytes = longest.reduce((sum, statement) => sum + statement.length, 0) / 1e6;
    const growths = Object.values(FUNCTIONS).map((work) =>
      sizes.slice(1).map((texts) => best.get(texts).get(work) / best.get(sizes[0]).get(work)),
    );
    return {
      text,
      sanitize: megabytes / best.get(longest).get(sanitizeSql),
      summarize: megabytes / best.get(longest).get(summarizeSql),
      growth: growths.sort((a, b) => b.at(-1) - a.at(-1))[0],
    };
  });
}

/**
 * Seconds of the best run of each function on each list of texts: what is left when nothing disturbs. In several
 * passes over all of them, since the rest of the machine may be busy for a while.
 */
function fastest(rows, passes, seconds) {
  const lists = rows.flatMap(({ sizes }) => sizes);
  const best = new Map(lists.map((texts) => [texts, new Map()]));
  for (let pass = 0; pass < passes; pass++) {
    for (const texts of lists) {
      for (const work of Object.values(FUNCTIONS)) {
        const known = best.get(texts).get(work) ?? Number.POSITIVE_INFINITY;
        best.get(texts).set(work, Math.min(known, fastestRun(work, texts, seconds)));
      }
    }
  }
  return best;
}

function fastestRun(work, texts, seconds) {
  const end = performance.now() + seconds * 1000;
  let best = Number.POSITIVE_INFINITY;
  do {
    const before = performance.now();
    for (const text of texts) work(text);
    best = Math.min(best, performance.now() - before);
  } while (performance.now() < end);
  return best / 1000;
}
