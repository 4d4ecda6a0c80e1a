/** What the rules assume about the instrumentation: neither package imports the other. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { createNoopMeter, type Histogram, type Meter, type MetricOptions } from '@opentelemetry/api';
import { describeInstrumentation, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { repository } from '@pg-otel/testkit';
import { DEFAULT_THRESHOLDS, emittedLimits, parseThresholds } from '../src';
import { HISTOGRAMS } from '../src/rules/histograms';
import { TIMES } from '../src/rules/times';
import { WATCHES } from '../src/rules/watch';

const shipped = path.join(repository, 'collector-config/thresholds.yaml');
const text = readFileSync(shipped, 'utf8');

describe('the instrumentation without options', () => {
  let instrumentation: PostgresInstrumentation;
  beforeAll(() => {
    instrumentation = new PostgresInstrumentation();
  });
  afterAll(() => instrumentation.disable());

  it('emits events at the limits of the shipped thresholds', () => {
    expect(describeInstrumentation().limits).toMatchObject({
      slowAfter: emittedLimits(parseThresholds(text)).slowAfterSeconds,
      heldAfter: emittedLimits(parseThresholds(text)).heldAfterSeconds,
    });
  });

  it('repeats events as often as alerts need it', () => {
    expect(describeInstrumentation().limits?.repeatInterval).toBe(TIMES.repeatEvent);
  });

  it('creates histograms with the bucket edges that the rules expect', () => {
    const created: Record<string, readonly number[] | undefined> = {};
    const noop = createNoopMeter();
    const createHistogram = (name: string, options?: MetricOptions): Histogram => {
      created[name] = options?.advice?.explicitBucketBoundaries;
      return noop.createHistogram(name);
    };
    const meter: Meter = Object.assign(Object.create(noop), { createHistogram });
    instrumentation.setMeterProvider({ getMeter: () => meter });

    expect(created).toMatchObject(
      Object.fromEntries(Object.values(HISTOGRAMS).map(({ name, edges }) => [name, edges])),
    );
  });
});

it('the package contains the shipped thresholds', () => {
  expect(DEFAULT_THRESHOLDS).toBe(text);
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
