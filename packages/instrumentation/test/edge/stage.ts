import {
  type Installation,
  type NeonEndpoint,
  type PostgresServer,
  startNeonEndpoint,
  startPostgres,
} from '@pg-otel/testkit';
import { bundleWorker, workers } from './bundle-worker';
import type { ShownSpan } from './expected';
import { startWorker, type Worker, type WorkerOptions } from './workerd';

interface Collected {
  readonly spans: readonly (ShownSpan & { readonly spanId: string; readonly parentSpanId?: string })[];
  readonly metrics: Readonly<Record<string, readonly { attributes: object; value: unknown }[]>>;
  readonly logs: readonly { eventName: string; attributes: object }[];
}
export interface Answer {
  readonly result: { readonly value: unknown } | { readonly error: object };
  /** In the order in which it was asked for. */
  readonly collected: readonly Collected[];
}

/** A Postgres and a Neon endpoint in front of it, for all tests of the file that imports this. */
export let postgres: PostgresServer;
export let neon: NeonEndpoint;
const running: Worker[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop' });
  neon = await startNeonEndpoint(postgres);
});
afterAll(async () => {
  await Promise.all([...running.map((worker) => worker.stop()), neon?.stop()]);
  await postgres?.stop();
});

export const BARE = `
  import { neon, neonConfig, Pool } from '@neondatabase/serverless';
  import { serve } from './serve.mjs';
  export default serve({ neon, neonConfig, Pool });`;

const telemetry = (installation: Installation) => `
  import { collect } from './${installation}.mjs';
  import { serve } from './serve.mjs';
  import { instrument } from '@pg-otel/instrumentation/edge';
  import * as serverless from '@neondatabase/serverless';`;

/** Neon's module is handed over. */
export const ofModule = (installation: Installation, options = '{}', more = '') => `
  ${telemetry(installation)}
  const { neon, neonConfig, Pool } = instrument(serverless, ${options});
  export default serve({ neon, neonConfig, Pool, collect, ${more} });`;

/** Only the function that `neon()` returns is instrumented. */
export const ofFunction = (installation: Installation) => `
  ${telemetry(installation)}
  const { neon, neonConfig, Pool } = serverless;
  export default serve({ sqlOf: (url) => instrument(neon(url)), neonConfig, Pool, collect });`;

/** Bundles and starts a worker; it is stopped after the last test. */
export async function start(
  installation: Installation,
  source: string,
  { isMinified = false, ...options }: Partial<WorkerOptions> & { isMinified?: boolean } = {},
): Promise<Worker> {
  const { code } = await bundleWorker({ installation, folder: workers, entry: { source }, isMinified });
  const worker = await startWorker({ code, bindings: neon.env, ...options });
  running.push(worker);
  return worker;
}

export async function ask(worker: Worker, of: string): Promise<Answer> {
  const response = await fetch(`${worker.url}/${of}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}\n${worker.output()}`);
  return JSON.parse(text);
}

export const allSpans = ({ collected }: Answer) => collected.flatMap(({ spans }) => spans);

/** The spans of an answer in the form in which they are expected. */
export const spansOf = (answer: Answer): ShownSpan[] =>
  allSpans(answer).map(({ name, kind, status, attributes, events }) => {
    // There when the machine was busy for a millisecond in between.
    const { 'pg_otel.response.first_row_time': _, ...certain } = attributes;
    return { name, kind, status, attributes: certain, events };
  });
