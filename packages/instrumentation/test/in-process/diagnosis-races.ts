import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, trace } from '@opentelemetry/api';
import type { PostgresServer } from '@pg-otel/testkit';
import pg from 'pg';
import type { Instrumented } from './instrumented';

/** An answer that was emitted. */
interface Emitted {
  readonly reason: string;
  readonly hasEnded: boolean;
}

/** The result of many queries that end around the questions about them, and around the answers. */
export interface Races {
  readonly answers: number;
  /** Answers on spans. */
  readonly reasons: number;
  /** Answers about queries that had ended. */
  readonly late: string[];
  /** Answers that name something that their query has nothing to do with. */
  readonly wrong: string[];
}

/** Rows that queries wait for are in tables with these names. */
const TABLES = ['rows_a', 'rows_b', 'rows_c'] as const;
/** Clients of one role. Each executes queries of all kinds, so a session soon executes another one. */
const CLIENTS = 5;

/**
 * Runs queries of three kinds: some sleep, some wait for a row, some for an advisory lock. They end at random times, some
 * because their session is terminated.
 *
 * @param roles each is asked about separately, at most once per second
 */
export async function race(shop: Instrumented, count: number, roles: number): Promise<Races> {
  const emitted: Emitted[] = [];
  const endedSpans = new Set<string>();
  const { loggerProvider, tracerProvider } = shop.recorder;
  const hasEnded = (spanId: string): boolean => {
    for (const ended of shop.recorder.spans()) endedSpans.add(ended.spanId);
    return endedSpans.has(spanId);
  };
  shop.instrumentation.setLoggerProvider({
    getLogger: () => ({
      enabled: () => true,
      emit({ eventName, attributes, context }: LogRecord) {
        if (eventName !== 'pg_otel.operation.diagnosed') return;
        const spanId = trace.getSpanContext(context)?.spanId;
        const reason = String(attributes['pg_otel.diagnosis.reason'] ?? '');
        emitted.push({ reason, hasEnded: spanId !== undefined && hasEnded(spanId) });
      },
    }),
  } as never);
  const tracer = tracerProvider.getTracer('races');
  /** What a query waits for, by its trace. */
  const expected = new Map<string, RegExp>();

  const admin = await connect(shop.server, shop.server.user);
  await admin.query(`CREATE TABLE naps AS SELECT 1 AS n; CREATE TABLE advice AS SELECT 1 AS n`);
  for (const table of TABLES) await admin.query(`CREATE TABLE ${table} AS SELECT 0 AS n`);
  const names = Array.from({ length: roles }, (_, index) => `racer_${index}`);
  for (const name of names) {
    await admin.query(`CREATE ROLE ${name} LOGIN SUPERUSER PASSWORD '${shop.server.password}'`);
  }

  let begun = 0;
  const holders = await Promise.all(TABLES.map(() => connect(shop.server, shop.server.user)));
  const isOver = () => begun >= count;
  const holding = holders.map(async (holder, index) => {
    while (!isOver()) {
      await holder.query(`BEGIN; LOCK ${TABLES[index]} IN SHARE MODE`);
      await sleep(Math.random() * 1500);
      await holder.query('COMMIT');
      await sleep(Math.random() * 50);
    }
    await holder.end();
  });

  const keeper = await connect(shop.server, shop.server.user);
  const waitForLock = async (client: pg.Client, key: number): Promise<void> => {
    await keeper.query(`SELECT pg_advisory_lock(${key})`);
    const query = client.query(`SELECT pg_advisory_xact_lock(${key}) FROM advice`);
    const unlocked = sleep(Math.random() * 1200).then(() =>
      keeper.query(`SELECT pg_advisory_unlock(${key})`),
    );
    await Promise.allSettled([query, unlocked]);
  };
  const runOne = async (client: pg.Client, index: number): Promise<void> => {
    const table = TABLES[index % TABLES.length] as string;
    const key = 1_000_000 + index;
    const [matches, run] = (
      [
        [/^sleeps in pg_sleep/, () => client.query(`SELECT pg_sleep(${Math.random() * 1.2}) FROM naps`)],
        [new RegExp(`for .*\`?${table}\\b`), () => client.query(`UPDATE ${table} SET n = n + 1`)],
        [new RegExp(`\\b${key}\\b`), () => waitForLock(client, key)],
      ] as const
    )[Math.floor(Math.random() * 3)] as readonly [RegExp, () => Promise<unknown>];
    await tracer.startActiveSpan('race', { root: true }, async (span) => {
      expected.set(span.spanContext().traceId, matches);
      const ended = Math.random() < 0.05 ? terminate(admin, client, Math.random() * 800) : undefined;
      await run().catch(() => {});
      await ended;
      span.end();
    });
  };
  await Promise.all(
    names.flatMap((name) =>
      Array.from({ length: CLIENTS }, async () => {
        let client = await connect(shop.server, name);
        while (!isOver()) {
          begun += 1;
          await runOne(client, begun);
          if (!(client as unknown as { _queryable: boolean })._queryable) {
            client = await connect(shop.server, name);
          }
        }
        await client.end();
      }),
    ),
  );
  await Promise.all(holding);
  await keeper.end();
  await admin.end();
  shop.instrumentation.setLoggerProvider(loggerProvider as never);

  // Spans show more answers than events, of which there is one for all queries of a kind.
  const onSpans = shop.recorder.spans().flatMap(({ traceId, attributes }) => {
    const reason = attributes['pg_otel.diagnosis.reason'];
    return typeof reason === 'string' ? { reason, matches: expected.get(traceId) } : [];
  });
  return {
    answers: emitted.length,
    reasons: onSpans.length,
    late: emitted.filter((each) => each.hasEnded).map(({ reason }) => reason),
    wrong: onSpans
      .filter(({ reason, matches }) => !isAboutItself(reason) && matches?.test(reason) !== true)
      .map(({ reason, matches }) => `${matches}: ${reason}`),
  };
}

interface LogRecord {
  readonly eventName: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly context: Context;
}

/** True for any query: an answer on its way, or a session that is being terminated. */
const isAboutItself = (reason: string): boolean =>
  /^(the server answered|the server has no session|the server has not)/.test(reason);

async function connect({ host, port, database, password }: PostgresServer, user: string): Promise<pg.Client> {
  const client = new pg.Client({ host, port, database, password, user });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function terminate(admin: pg.Client, client: pg.Client, afterMillis: number): Promise<void> {
  const { processID } = client as unknown as { processID: number };
  await sleep(afterMillis);
  await admin.query(`SELECT pg_terminate_backend(${processID})`);
}
