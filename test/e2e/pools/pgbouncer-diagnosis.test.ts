import { type Recorder, startPgBouncer, startPostgres, startRecorder } from '@pg-otel/testkit';
import pg from 'pg';
import { instrument, PostgresInstrumentation } from '../../../packages/instrumentation/src';
import {
  diagnosed,
  diagnosisOf,
  UPDATE,
} from '../../../packages/instrumentation/test/in-process/diagnosis-stage';
import { describeWith, using } from '../stage';

describeWith('pgbouncer')('the reason of a slow query behind PgBouncer', () => {
  let recorder: Recorder;
  let instrumentation: PostgresInstrumentation;
  beforeAll(() => {
    recorder = startRecorder();
    instrumentation = new PostgresInstrumentation({ slowAfter: [0.2], diagnose: true });
    instrumentation.setTracerProvider(recorder.tracerProvider);
    instrumentation.setLoggerProvider(recorder.loggerProvider as never);
    instrument(pg);
  });
  beforeEach(() => recorder.clear());
  afterAll(() => recorder.shutdown());

  it.each(['session', 'transaction'] as const)('is found by its text in %s mode', async (poolMode) => {
    const server = await using(startPostgres());
    const pgbouncer = await using(startPgBouncer({ postgres: server, poolMode, poolSize: 2 }));
    const pool = new pg.Pool({ connectionString: pgbouncer.url });
    expect(await diagnosisOf({ server, recorder }, () => pool.query(UPDATE))).toMatchObject({
      'pg_otel.diagnosis': 'found',
      'pg_otel.diagnosis.certainty': 'observed',
      'pg_otel.diagnosis.reason': expect.stringMatching(/a row of `accounts`, held by holder/),
    });
    await pool.end();
  });

  it('is that a second connection gets no answer either, when PgBouncer has no connection left', async () => {
    const server = await using(startPostgres());
    const pgbouncer = await using(startPgBouncer({ postgres: server, poolMode: 'session', poolSize: 1 }));
    const pool = new pg.Pool({ connectionString: pgbouncer.url, max: 1 });
    const unlocked = diagnosisOf({ server, recorder }, () => pool.query(UPDATE));
    expect(await unlocked).toMatchObject({
      'pg_otel.diagnosis': 'found',
      'pg_otel.diagnosis.kinds': ['unreachable'],
    });
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
    expect(diagnosed({ recorder })).toHaveLength(1);
    await pool.end();
  });
});
