import { capture, postgres } from '@pg-otel/testkit/stage';
import { buildsOn, counted, drivers, endpoint, play, type SpanSummary, spansOf, target } from './neon';

/** Drivers by version: connection parameters can be options, and functions, since 1.2. */
const takesParameters = (title: string): boolean => !title.startsWith('Neon 1.');

const exchange = (status: number) => ({
  'http.response.status_code': status,
  'pg_otel.neon.request_id': 'string',
  'pg_otel.connection.reused': true,
  'pg_otel.http.server_time': 'number',
  'pg_otel.http.read_time': 'number',
});

/** A query that was answered. */
function query(scene: string, text: string, more: Readonly<Record<string, unknown>> = {}): SpanSummary {
  const { summary = 'SELECT', ...attributes } = more;
  return {
    name: summary as string,
    parent: scene,
    kind: 'CLIENT',
    status: 'UNSET',
    attributes: {
      ...target(),
      'db.query.summary': summary,
      'db.query.text': text,
      'db.response.returned_rows': 1,
      ...exchange(200),
      ...attributes,
    },
  };
}

const batch = (size: number, summary: string) => ({ 'db.operation.batch.size': size, summary });

/** The scenes of programs/http.cjs, and the spans below each. */
const SCENES: Record<string, (scene: string) => readonly SpanSummary[]> = {
  'the first': (scene) => [
    query(scene, 'SELECT $1::int AS n', {
      'pg_otel.connection.reused': false,
      'pg_otel.http.connect_time': 'number',
    }),
    {
      name: 'connect shop',
      parent: 'SELECT',
      kind: 'CLIENT',
      status: 'UNSET',
      attributes: {
        ...target(),
        'network.transport': 'tcp',
        'network.peer.address': '127.0.0.1',
        'network.peer.port': Number(new URL(endpoint.httpUrl).port),
      },
    },
  ],
  'never asked for': () => [],
  'made, and asked for later': (scene) => [
    { name: 'maker', parent: scene, kind: 'INTERNAL', status: 'UNSET', attributes: {} },
    query(scene, 'SELECT ?'),
  ],
  'asked for twice': (scene) => [query(scene, 'SELECT ?'), query(scene, 'SELECT ?')],
  'catch and finally': (scene) => [query(scene, 'SELECT ?'), query(scene, 'SELECT ?')],
  fragments: (scene) => [query(scene, 'SELECT n FROM generate_series(1, 3) AS n WHERE n = $1 LIMIT 1')],
  'sql.query': (scene) => [query(scene, 'SELECT $1::int AS n')],
  'without rows': (scene) => [
    query(scene, 'SET search_path TO ?', {
      summary: 'SET search_path',
      'db.response.returned_rows': undefined,
    }),
  ],
  'a transaction': (scene) => [
    query(scene, 'SELECT $1::int AS n; SELECT ? AS n', {
      ...batch(2, 'BATCH SELECT'),
      'db.response.returned_rows': 2,
    }),
  ],
  'a transaction of the same text': (scene) => [
    query(scene, 'SELECT $1::int AS n', { ...batch(3, 'BATCH SELECT'), 'db.response.returned_rows': 3 }),
  ],
  'a transaction of other operations': (scene) => [
    query(scene, 'SELECT ?; SET search_path TO ?', batch(2, 'BATCH')),
  ],
  'a transaction of one': (scene) => [query(scene, 'SELECT $1::int AS n')],
  'a failing one': (scene) => [
    {
      ...query(scene, 'SELECT * FROM missing WHERE n = $1', {
        summary: 'SELECT missing',
        ...exchange(400),
        'error.type': '42P01',
        'db.response.status_code': '42P01',
        'db.response.returned_rows': undefined,
      }),
      status: 'ERROR 42P01 undefined_table',
    },
  ],
  // The driver leaves the port out (src/pool.ts).
  poolQueryViaFetch: (scene) => [query(scene, 'SELECT $1::int AS n', { 'server.port': undefined })],
  'not composable': (scene) => [
    {
      name: 'shop',
      parent: scene,
      kind: 'CLIENT',
      status: 'ERROR Error',
      attributes: { ...target(), 'error.type': 'Error' },
    },
  ],
};

/** Only the driver knows the target of connection parameters. */
const PARAMETERS: typeof SCENES = {
  'connection parameters that are functions': (scene) => [query(scene, 'SELECT ?')],
  'a connection string of the query': (scene) => [query(scene, 'SELECT ?')],
};

const defined = ({ attributes, ...span }: SpanSummary): SpanSummary => ({
  ...span,
  attributes: Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)),
});

describe.each(drivers)('on %s', (title, driver) => {
  it.each(buildsOn(driver))(
    'each request over HTTP is one span with everything on it, and one value, %s',
    async (build) => {
      const canTake = takesParameters(title);
      const scenes = Object.entries({ ...SCENES, ...(canTake ? PARAMETERS : {}) });
      const before = await endpoint.stats();
      await play(driver, 'http', { build, env: { TAKES_PARAMETERS: canTake ? 'yes' : 'no' } });
      for (const [name, spans] of scenes) {
        expect([name, spansOf(name)]).toEqual([name, spans(name).map(defined)]);
      }
      const requests = (await endpoint.stats()).requests - before.requests;
      const spans = scenes.flatMap(([name]) => spansOf(name));
      expect(spans.filter(({ attributes }) => 'http.response.status_code' in attributes).length).toBe(
        requests,
      );
      // Queries that cannot be composed were never sent.
      expect(counted('db.client.operation.duration')).toBe(requests + 1);
      expect(counted('db.client.connection.create_time')).toBe(1);
    },
  );
});

/** The scenes of programs/http-faults.cjs: `error.type`, and the status of the answer if there was one. */
const FAULTS: Record<string, readonly [type: string, status?: number]> = {
  '429': ['429', 429],
  '500': ['500', 500],
  reset: ['ECONNRESET'],
  'non-JSON': ['SyntaxError', 200],
  'an answer that is cut': ['UND_ERR_SOCKET', 200],
  'an answer over the limit': ['507', 507],
  'a request over the limit': ['413', 413],
  aborted: ['aborted'],
  'aborted with a text': ['aborted'],
  'a timeout': ['timeout'],
  'a wrong password': ['28P01', 400],
  'no url': ['invalid_connection_string'],
  'a failing token': ['auth_token'],
  'an endpoint that is down': ['ECONNREFUSED'],
};

describe.each(drivers)('a failure over HTTP, on %s', (title, driver) => {
  it('has its error type on the span, the histogram and the event, and no password in any of them', async () => {
    await play(driver, 'http-faults', {
      env: { PG_OTEL_EXCEPTION_MESSAGES: 'true', PG_OTEL_PARAMETERS: 'true' },
    });
    // Before 1.2 neon() itself throws that.
    const faults = Object.entries(FAULTS).filter(([name]) => name !== 'no url' || takesParameters(title));
    for (const [name, [type, status]] of faults) {
      const failed = spansOf(name).filter(({ parent }) => parent === name);
      const shown = failed.map(({ attributes, ...span }) => [
        attributes['error.type'],
        attributes['http.response.status_code'],
        span.status,
      ]);
      expect([name, shown]).toEqual([
        name,
        [[type, status, expect.stringMatching(`^ERROR ${type}( [a-z_]+)?$`)]],
      ]);
      const same = faults.filter(([, [other]]) => other === type);
      expect(counted('db.client.operation.duration', { 'error.type': type })).toBe(same.length);
      const events = capture
        .logs()
        .filter(
          ({ eventName, attributes }) => eventName.endsWith('exception') && attributes['error.type'] === type,
        );
      expect(events).not.toEqual([]);
    }
    const everything = JSON.stringify([capture.spans(), capture.metrics(), capture.logs()], (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    for (const secret of [`:${postgres.password}@`, 'wr0ng', 's3cr3t'])
      expect(everything).not.toContain(secret);
    expect(everything.includes('not a valid URL')).toBe(takesParameters(title));
  });
});
