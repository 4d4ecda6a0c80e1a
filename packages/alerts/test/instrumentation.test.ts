/** What the rules assume about the instrumentation: neither package imports the other. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { repository } from '@pg-otel/testkit';
import { configure } from '../../instrumentation/src/configuration';
import { HISTOGRAMS as EMITTED } from '../../instrumentation/src/observers/histograms/histograms';
import { DEFAULT_THRESHOLDS, emittedLimits, parseThresholds } from '../src';
import { HISTOGRAMS } from '../src/rules/histograms';
import { TIMES } from '../src/rules/times';
import { WATCHES } from '../src/rules/watch';

const shipped = path.join(repository, 'collector-config/thresholds.yaml');
const text = readFileSync(shipped, 'utf8');

it('the default limits for events are those of the shipped thresholds', () => {
  const { slowAfter, heldAfter } = configure({}, {});
  expect(emittedLimits(parseThresholds(text))).toEqual({
    slowAfterSeconds: slowAfter,
    heldAfterSeconds: heldAfter,
  });
});

it('events are repeated as often as alerts need it', () => {
  expect(configure({}, {}).repeatInterval).toBe(TIMES.repeatEvent);
});

it('edges of buckets are where the rules expect them', () => {
  const edges = Object.fromEntries(
    Object.values(EMITTED).map(({ name, buckets }) => [name, buckets] as const),
  );
  for (const { name, edges: taken } of Object.values(HISTOGRAMS)) expect(taken).toEqual(edges[name]);
});

it('the package contains the shipped thresholds', () => {
  expect(readFileSync(DEFAULT_THRESHOLDS, 'utf8')).toBe(text);
});

it('each rule has its runbook', () => {
  const page = readFileSync(path.join(repository, 'docs/reference/runbooks.md'), 'utf8');
  const sections = [...page.matchAll(/^## (\w+)$/gm)].map(([, name]) => name as string);
  expect(sections.sort()).toEqual(
    parseThresholds(text)
      .rules.map(({ name }) => name)
      .sort(),
  );
});

it('each watch is described in the reference of thresholds', () => {
  const page = readFileSync(path.join(repository, 'docs/reference/thresholds.md'), 'utf8');
  expect(Object.keys(WATCHES).filter((watch) => !page.includes(`\`${watch}\``))).toEqual([]);
});
