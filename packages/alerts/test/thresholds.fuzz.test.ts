import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { fuzz, repository } from '@pg-otel/testkit';
import fc from 'fast-check';
import { parse } from 'yaml';
import { compile, parseThresholds, type Thresholds, ThresholdsError } from '../src';

const shipped = readFileSync(path.join(repository, 'collector-config/thresholds.yaml'), 'utf8');

/** Pieces that YAML gives a meaning to, and pieces of the shipped file. */
const piece = fc.oneof(
  fc.constantFrom('&a ', '*a', '<<: *a', '- ', '? ', ': ', '!!binary ', '|\n', '>-\n', '{', '}', '[', ']'),
  fc.constantFrom('"\\x7f"', '"\\u2028"', "'", '"', '#', '%', '@', '---\n', '...\n', '\n', '\t', '  '),
  fc.constantFrom(...shipped.split('\n')).map((line) => `${line}\n`),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const pieces = fc.array(piece, { maxLength: 40 }).map((all) => all.join(''));
/** The shipped file with some of its characters replaced. */
const damaged = fc
  .array(fc.tuple(fc.nat(shipped.length - 1), fc.nat(6), piece), { minLength: 1, maxLength: 4 })
  .map((changes) =>
    changes.reduce((text, [at, length, by]) => text.slice(0, at) + by + text.slice(at + length), shipped),
  );
/** One text of the shipped file is anything. */
const withText = fc
  .string({ unit: 'binary', minLength: 1 })
  .map((text) => shipped.replace(/^runbooks: .*$/m, `runbooks: ${JSON.stringify(`https://x/${text}`)}`));

/** As go-yaml reads: no control characters, and no line end but `\n`. */
const UNREADABLE = /[^\P{Cc}\n\t]|[\p{Cs}\u2028\u2029\ufeff\ufffe\uffff]/u;

it('any thresholds file is compiled to files that can be read, or its mistakes are named', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(pieces, damaged, withText), (text) => {
      let thresholds: Thresholds;
      try {
        thresholds = parseThresholds(text);
      } catch (error) {
        expect(error).toBeInstanceOf(ThresholdsError);
        expect((error as ThresholdsError).message).not.toMatch(/call stack/);
        return;
      }
      accepted++;
      for (const { path: name, content } of compile(thresholds, 'single').files) {
        expect(UNREADABLE.exec(content)).toBeNull();
        if (name.endsWith('.json')) JSON.parse(content);
        // Those of Prometheus are long, and take long to parse.
        else if (name.endsWith('.yaml') && !name.startsWith('prometheus/')) parse(content);
      }
    }),
    fuzz(80),
  );
  expect(accepted).toBeGreaterThan(0);
});
