import { rmSync } from 'node:fs';
import * as path from 'node:path';
import {
  type CapturedSpan,
  placeInInstallation,
  startNeonEndpoint,
  startOtlpCapture,
  startPostgres,
} from '@pg-otel/testkit';
import { ORMS } from './orms';
import {
  namesByStep,
  type Outcome,
  pointsOf,
  reportedText,
  runStory,
  type Stage,
  statementSpans,
} from './outcome';

let stage: Stage;

beforeAll(async () => {
  const [postgres, capture] = await Promise.all([
    startPostgres({ database: 'shop', settings: { log_statement: 'all', log_connections: 'on' } }),
    startOtlpCapture(),
  ]);
  const neon = await startNeonEndpoint(postgres);
  stage = {
    postgres,
    neon,
    capture,
    folder: placeInInstallation('otel-2/orms', path.join(__dirname, 'programs')),
  };
});
afterAll(async () => {
  rmSync(stage.folder, { recursive: true });
  await stage.neon.stop();
  await Promise.all([stage.postgres.stop(), stage.capture.stop()]);
});

/** The metrics of a pool, but for `pg_otel.connection.closed`, which is there once something was closed. */
const POOL_METRICS = [
  'db.client.connection.count',
  'db.client.connection.limit',
  'db.client.connection.idle.max',
  'db.client.connection.idle.min',
  'db.client.connection.pending_requests',
  'db.client.connection.wait_time',
  'db.client.connection.use_time',
  'pg_otel.connection.utilization',
  'pg_otel.connection.pending.oldest',
  'pg_otel.connection.use.oldest',
];

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

const sum = (values: readonly (number | undefined)[]) =>
  values.reduce<number>((all, one) => all + (one ?? 0), 0);

/** All that can be seen of a program from outside. */
const seen = ({ stdout, stderr, code, signal }: Outcome) => ({ stdout, stderr, code, signal });

describe.each(ORMS)('$name', (orm) => {
  const { steps, connections, closedByError } = orm;
  const pool = connections === 'pg-pool' || connections === 'Postgres.js';
  let bare: Outcome;
  let ours: Outcome;

  beforeAll(async () => {
    stage.capture.clear();
    bare = await runStory(stage, orm, 'bare');
    ours = await runStory(stage, orm, 'instrumented');
  });

  it('runs to its end uninstrumented', () => {
    const stdout = expect.stringContaining('"step":"concurrent"');
    expect(seen(bare)).toEqual({ stdout, stderr: '', code: 0, signal: null });
    expect(bare.sent).toHaveLength(Object.values(steps).flat().length);
  });

  it('behaves as uninstrumented', () => {
    expect(seen(ours)).toEqual(seen(bare));
  });

  it('sends the server the same as uninstrumented', () => {
    // Sequelize names savepoints at random.
    const sent = ({ server }: Outcome) =>
      server.statements.map(({ text }) => text.replace(UUID, 'uuid')).sort();
    expect(sent(ours)).toEqual(sent(bare));
    // Over HTTP they are the endpoint's.
    if (connections !== 'of fetch') expect(ours.server.connections).toBe(bare.server.connections);
  });

  it('has one span for each statement the server executed, with its text', () => {
    const texts = statementSpans(stage.capture).map(({ attributes }) => attributes['db.query.text']);
    expect(texts.sort()).toEqual(ours.sent.map(reportedText).sort());
  });

  it('has each of them below the step that asked for it, transactions in their order', () => {
    expect(namesByStep(stage.capture)).toEqual(steps);
  });

  it('marks the statements that failed, and no other', () => {
    const failed = statementSpans(stage.capture).filter(({ status }) => status.code === 'ERROR');
    expect(failed).toHaveLength(ours.server.failedStatements);
    expect(new Set(failed.map(({ attributes }) => attributes['error.type']))).toEqual(new Set(['23505']));
  });

  it('has a duration for each of them', () => {
    const durations = pointsOf(stage.capture, 'db.client.operation.duration').map(({ count }) => count);
    expect(sum(durations)).toBe(ours.sent.length);
  });

  it('has a span below a step, and a create time, for each connection', () => {
    const spans = new Map(stage.capture.spans().map((span) => [span.spanId, span]));
    const rootOf = (span: CapturedSpan): CapturedSpan => {
      const parent = spans.get(span.parentSpanId ?? '');
      return parent === undefined ? span : rootOf(parent);
    };
    const connects = stage.capture.spans().filter(({ name }) => name.startsWith('connect '));
    expect(connects.map((span) => rootOf(span).name).filter((name) => !(name in steps))).toEqual([]);
    // Nobody else counts those of fetch.
    if (connections === 'of fetch') expect(connects).not.toEqual([]);
    else expect(connects).toHaveLength(ours.server.connections);
    const created = pointsOf(stage.capture, 'db.client.connection.create_time');
    expect(sum(created.map(({ count }) => count))).toBe(connects.length);
    const isNamed = created.map(({ attributes }) => 'db.client.connection.pool.name' in attributes);
    expect(new Set(isNamed)).toEqual(new Set([pool]));
  });

  it(pool ? 'has the metrics of its pool' : 'has no metrics of a pool', () => {
    const there = POOL_METRICS.filter((name) => pointsOf(stage.capture, name).length > 0);
    expect(there).toEqual(pool ? POOL_METRICS : []);
    const limits = pointsOf(stage.capture, 'db.client.connection.limit').map(({ value }) => value);
    expect(limits).toEqual(pool ? [2] : []);
    const closed = pointsOf(stage.capture, 'pg_otel.connection.closed');
    expect(sum(closed.map(({ value }) => value))).toBe(closedByError);
  });
});
