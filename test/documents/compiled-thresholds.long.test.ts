import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { compile, parseThresholds } from '@pg-otel/alerts';
import { type PostgresServer, runFixture, startOtlpCapture, startPostgres } from '@pg-otel/testkit';
import { blocksOf } from './blocks';

const THRESHOLDS = `
receivers: { chat: { webhook_configs: [{ url: "http://127.0.0.1:9" }] } }
notify: { critical: chat, warning: chat, info: chat }
rules:
  PostgresQuerySlow:
    watch: slow-operation
    operations: [query]
    levels: [{ severity: warning, over: 500ms }]
`;
const PROGRAM = `
const { Client } = require('pg');
const client = new Client();
client.connect().then(() => client.query('SELECT pg_sleep(2)')).then(() => client.end());`;

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ database: 'app' });
});
afterAll(() => postgres.stop());

it('an application has the compiled thresholds by the command of docs/guides/alerts-with-prometheus.md', async () => {
  const [command] = blocksOf('docs/guides/alerts-with-prometheus.md').filter(({ heading }) =>
    heading.startsWith('5. '),
  );
  const words = command?.text.trim().split(' ') ?? [];
  expect(words[0]).toBe('node');
  expect(words.at(-1)).toBe('app.js');

  const capture = await startOtlpCapture();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pg-otel-docs-'));
  try {
    const { files } = compile(parseThresholds(THRESHOLDS), 'single');
    const compiled = files.find((file) => file.path === 'instrumentation.env')?.content ?? '';
    writeFileSync(path.join(folder, 'instrumentation.env'), compiled);
    const { code, stderr } = await runFixture({
      installation: 'otel-2',
      source: PROGRAM,
      type: 'commonjs',
      nodeArgs: words.slice(1, -1).map((word) => word.replace('collector-config', folder)),
      env: { ...postgres.env, ...capture.env },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const slow = capture.logs().filter(({ eventName }) => eventName === 'pg_otel.operation.slow');
    expect(slow.map(({ attributes }) => attributes['pg_otel.operation.limit'])).toEqual([0.5]);
  } finally {
    rmSync(folder, { recursive: true });
    await capture.stop();
  }
});
