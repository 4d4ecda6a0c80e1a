import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  type Installation,
  type NeonEndpoint,
  type OtlpCapture,
  type PostgresServer,
  repository,
  startNeonEndpoint,
  startOtlpCapture,
  startPostgres,
} from '@pg-otel/testkit';
import { bundleWorker } from './bundle-worker';
import { startWorker } from './workerd';

let postgres: PostgresServer;
let neon: NeonEndpoint;
let capture: OtlpCapture;

beforeAll(async () => {
  [postgres, capture] = await Promise.all([startPostgres({ database: 'app' }), startOtlpCapture()]);
  neon = await startNeonEndpoint(postgres);
});
afterAll(async () => {
  await Promise.all([neon?.stop(), capture?.stop()]);
  await postgres?.stop();
});
beforeEach(() => capture.clear());

const folder = path.join(repository, 'examples/edge-worker');

/** JSON with comments, of which it has whole lines only. */
const wrangler = JSON.parse(
  readFileSync(path.join(folder, 'wrangler.jsonc'), 'utf8').replaceAll(/^\s*\/\/.*$/gm, ''),
);

it.each<Installation>(['otel-2', 'otel-3'])(
  'examples/edge-worker sends its spans, on %s',
  async (installation) => {
    const { code } = await bundleWorker({ installation, folder, entry: { file: wrangler.main } });
    const worker = await startWorker({
      code,
      compatibilityDate: wrangler.compatibility_date,
      compatibilityFlags: wrangler.compatibility_flags,
      bindings: { ...wrangler.vars, ...neon.env, OTEL_EXPORTER_OTLP_ENDPOINT: capture.url },
    });
    try {
      const requests = 5;
      const answers = Array.from({ length: requests }, async () => (await fetch(worker.url)).json());
      expect(await Promise.all(answers)).toEqual(Array(requests).fill({ tables: expect.any(Number) }));
      await capture.waitFor((received) => received.spans().length === 2 * requests);
      expect(worker.output()).toBe('');
    } finally {
      await worker.stop();
    }
    const spans = capture.spans();
    const requestSpans = spans.filter(({ name }) => name === 'GET');
    const parents = spans.filter(({ name }) => name === 'SELECT pg_class').map((span) => span.parentSpanId);
    expect(parents.sort()).toEqual(requestSpans.map(({ spanId }) => spanId).sort());
    expect(new Set(spans.map(({ resource }) => resource['service.name']))).toEqual(new Set(['edge-worker']));
  },
);
