import {
  bundle,
  capturedSpans,
  exportTo,
  type NeonEndpoint,
  place,
  runFixture,
  runtimes,
  startNeonEndpoint,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

let neon: NeonEndpoint;
beforeAll(async () => {
  neon = await startNeonEndpoint(postgres);
});
afterAll(() => neon?.stop());

const SDK = `
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  globalThis.sdk = new NodeSDK({ instrumentations: [] });
  sdk.start();`;

const application = (neonOf: string, sqlOf: string) => `
  import { trace } from '@opentelemetry/api';
  import { instrument } from '@pg-otel/instrumentation';
  import * as serverless from '@neondatabase/serverless';
  const { neon, neonConfig } = ${neonOf};
  neonConfig.fetchEndpoint = process.env.NEON_FETCH_ENDPOINT;
  const sql = ${sqlOf};
  trace.getTracer('application').startActiveSpan('work', async (span) => {
    const rows = await sql\`SELECT \${42}::int AS answer\`;
    const { code } = await sql\`SELECT * FROM missing\`.catch((error) => error);
    const batch = await sql.transaction([sql\`SELECT 1 AS one\`, sql\`SELECT 2 AS two\`]);
    console.log(JSON.stringify({ rows, code, batch }));
    span.end();
    await sdk.shutdown();
  });`;
const OUTPUT = '{"rows":[{"answer":42}],"code":"42P01","batch":[[{"one":1}],[{"two":2}]]}\n';

const OF_MODULE = application('instrument(serverless)', 'neon(process.env.DATABASE_URL)');
const OF_FUNCTION = application('serverless', 'instrument(neon(process.env.DATABASE_URL))');

const aNumber = expect.any(Number) as number;

type Span = ReturnType<typeof capturedSpans>[number];

const target = () => ({
  'db.system.name': 'postgresql',
  'db.namespace': postgres.database,
  'server.address': postgres.host,
  'server.port': postgres.port,
});

/** Neon's name of the request is in the headers of the answer, which a function alone does not show. */
function expectedSpans(isModule: boolean) {
  const query = (name: string, text: string, status: number, more: object, rows?: number) => ({
    name,
    kind: 'CLIENT',
    parent: 'work',
    status: 'UNSET',
    attributes: {
      ...target(),
      'db.query.summary': name,
      'db.query.text': text,
      'http.response.status_code': status,
      'pg_otel.http.server_time': aNumber,
      'pg_otel.http.read_time': aNumber,
      ...(isModule && { 'pg_otel.neon.request_id': expect.any(String) }),
      ...(rows !== undefined && { 'db.response.returned_rows': rows }),
      ...more,
    },
  });
  return [
    query('BATCH SELECT', 'SELECT ? AS one; SELECT ? AS two', 200, { 'db.operation.batch.size': 2 }, 2),
    query('SELECT', 'SELECT $1::int AS answer', 200, {}, 1),
    {
      ...query('SELECT missing', 'SELECT * FROM missing', 400, {
        'error.type': '42P01',
        'db.response.status_code': '42P01',
      }),
      status: 'ERROR 42P01 undefined_table',
    },
    { name: 'work', kind: 'INTERNAL', parent: undefined, status: 'UNSET', attributes: {} },
  ];
}

/** Each connection that Node's fetch has opened; one is certain, and whether that is there again is up to its pool. */
function expectConnections(connections: readonly Span[]) {
  const endpoint = new URL(neon.httpUrl);
  expect(connections[0]).toEqual({
    name: `connect ${postgres.database}`,
    kind: 'CLIENT',
    parent: 'SELECT',
    status: 'UNSET',
    attributes: {
      ...target(),
      'network.transport': 'tcp',
      'network.peer.address': endpoint.hostname,
      'network.peer.port': Number(endpoint.port),
    },
  });
}

function withoutReuse(span: Span): Span {
  const {
    'pg_otel.connection.reused': isReused,
    'pg_otel.http.connect_time': connectTime,
    ...certain
  } = span.attributes;
  if (span.kind === 'CLIENT') expect(connectTime === undefined).toBe(isReused);
  return { ...span, attributes: certain };
}

const formats = ['cjs', 'esm'] as const;
const bundles = formats.flatMap((format) =>
  [true, false].flatMap((withOurs) =>
    [true, false].map((isModule) => ({
      format,
      withOurs,
      isModule,
      title: `${format}, our package ${withOurs ? 'inside' : 'outside'}, instrument(${isModule ? 'module' : 'neon(url)'})`,
    })),
  ),
);

describe.each(titled(runtimes()))('a bundle with Neon inside, on %s', (_, { installation, node }) => {
  it.each(bundles)('$title', async ({ format, withOurs, isModule }) => {
    const source = isModule ? OF_MODULE : OF_FUNCTION;
    const file = JSON.stringify(await bundle({ installation, source, format, withOurs }));
    const result = await runFixture({
      installation,
      node,
      nodeArgs: ['--import', place(installation, SDK, 'cjs')],
      env: { ...exportTo(capture, postgres), ...neon.env },
      ...(format === 'cjs'
        ? { type: 'commonjs', source: `require(${file});` }
        : { type: 'module', source: `import ${file};` }),
    });
    expect(result).toEqual({ stdout: OUTPUT, stderr: '', code: 0, signal: null });
    const spans = capturedSpans(capture);
    const isConnect = ({ name }: Span) => name.startsWith('connect ');
    expectConnections(spans.filter(isConnect));
    const withoutConnection = spans.filter((span) => !isConnect(span)).map(withoutReuse);
    expect(withoutConnection).toEqual(expectedSpans(isModule));
  });
});
