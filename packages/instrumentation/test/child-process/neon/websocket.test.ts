import { place } from '@pg-otel/testkit';
import { capture } from '@pg-otel/testkit/stage';
import { SDK } from '../doors';
import {
  type Build,
  buildsOn,
  counted,
  type Driver,
  drivers,
  endpoint,
  play,
  type SpanSummary,
  spansOf,
  target,
} from './neon';

const PHASES = {
  ws: ['tcp', 'websocket', 'startup', 'auth', 'ready'],
  global: ['websocket', 'startup', 'auth', 'ready'],
};
type WebSockets = keyof typeof PHASES;

/** With the package `ws`, the socket and its address are accessible; with Node's WebSocket they are not. */
const peer = (kind: WebSockets) =>
  kind === 'global'
    ? {}
    : { 'network.peer.address': '127.0.0.1', 'network.peer.port': Number(new URL(endpoint.httpUrl).port) };

const pool = { 'db.client.connection.pool.name': 'shop' };

function span(name: string, parent: string, more: object = {}, error?: string): SpanSummary {
  return {
    name,
    parent,
    kind: name.startsWith('acquire') ? 'INTERNAL' : 'CLIENT',
    status: error === undefined ? 'UNSET' : `ERROR ${error}`,
    attributes: { ...target(), ...more },
  };
}

const connect = (kind: WebSockets, parent: string, more: object = {}, error?: string): SpanSummary =>
  span('connect shop', parent, { 'network.transport': 'tcp', ...peer(kind), ...more }, error);

const query = (parent: string, text: string, more: object = {}, error?: string): SpanSummary =>
  span(
    'SELECT',
    parent,
    {
      'db.query.summary': 'SELECT',
      'db.query.text': text,
      ...(error === undefined ? { 'db.response.returned_rows': 1 } : {}),
      ...more,
    },
    error,
  );

const refused = { 'error.type': '28P01', 'db.response.status_code': '28P01' };
const INVALID = '28P01 invalid_password';
const setup = { 'pg_otel.connection.setup_time': 'number' };

/** The scenes of programs/websocket.cjs, and the spans below each. */
const SCENES: Record<string, (scene: string, kind: WebSockets) => readonly SpanSummary[]> = {
  'a client': (scene, kind) => [
    connect(kind, scene),
    query(scene, 'SELECT $1::int AS n', setup),
    query(scene, 'SELECT ? AS n'),
  ],
  'without pipelineConnect': (scene, kind) => [connect(kind, scene), query(scene, 'SELECT ?')],
  'a wrong password': (scene, kind) => [
    connect(kind, scene, { 'pg_otel.connection.phase': 'auth', ...refused }, INVALID),
    query(scene, 'SELECT ?', { ...setup, ...refused }, INVALID),
  ],
  'a wrong password without pipelineConnect': (scene, kind) => [
    connect(kind, scene, { 'pg_otel.connection.phase': 'auth', ...refused }, INVALID),
  ],
  'a killed backend': (scene, kind) => [
    connect(kind, scene),
    query(
      scene,
      'SELECT pg_terminate_backend(pg_backend_pid())',
      { ...setup, 'error.type': '57P01', 'db.response.status_code': '57P01' },
      '57P01 admin_shutdown',
    ),
  ],
  'a pool': (scene, kind) => [
    span('acquire shop', scene, pool),
    connect(kind, 'acquire shop', pool),
    query(scene, 'SELECT ?', { ...setup, 'pg_otel.pool.wait_time': 'number' }),
    span('acquire shop', scene, pool),
    span('acquire shop', scene, { ...pool, 'error.type': 'timeout' }, 'timeout'),
    query(scene, 'SELECT ?', { 'pg_otel.pool.wait_time': 'number' }),
  ],
};

/** A span without the attribute that pg's client adds when it was busy for a moment. */
const certain = ({
  attributes: { 'pg_otel.client.queue_time': _, ...attributes },
  ...rest
}: SpanSummary): SpanSummary => ({
  ...rest,
  attributes,
});
const sorted = (spans: readonly SpanSummary[]): string[] =>
  spans.map((one) => JSON.stringify(ordered(certain(one)))).sort();
const ordered = (one: SpanSummary) => ({ ...one, attributes: Object.entries(one.attributes).sort() });

const hasGlobal = ({ installation, node }: Driver): boolean =>
  installation === 'otel-3' || node !== process.execPath;
const cases = drivers.flatMap(([title, driver]) =>
  buildsOn(driver).flatMap((build) =>
    (Object.keys(PHASES) as WebSockets[])
      .filter((kind) => kind === 'ws' || hasGlobal(driver))
      .map((kind): [string, Build, WebSockets, Driver] => [title, build, kind, driver]),
  ),
);

describe('over WebSocket', () => {
  it.each(cases)(
    'on %s, %s, %s: setup to its true end, queries and pools',
    async (_, build, kind, driver) => {
      const before = await endpoint.stats();
      const nodeArgs = ['--import', place(driver.installation, SDK, 'mjs')];
      await play(driver, 'websocket', { build, nodeArgs, env: { WEBSOCKET: kind } });
      for (const [name, spans] of Object.entries(SCENES)) {
        expect([name, sorted(spansOf(name))]).toEqual([name, sorted(spans(name, kind))]);
      }
      const [refusedUpgrade] = spansOf('a refused upgrade');
      expect(refusedUpgrade?.attributes['pg_otel.connection.phase']).toBe('websocket');
      expect(refusedUpgrade?.status).toContain('ERROR');

      const connects = capture.spans().filter(({ name }) => name === 'connect shop');
      expect((await endpoint.stats()).connections - before.connections).toBe(connects.length);
      for (const { events, status } of connects) {
        const phases = events.map(({ name }) => name);
        expect(phases).toEqual(PHASES[kind].slice(0, status.code === 'UNSET' ? undefined : phases.length));
      }
      const [first] = connects.filter(({ status }) => status.code === 'UNSET');
      // connect() had resolved, and the query began, before the server was ready.
      const [began] = capture
        .spans()
        .filter(({ attributes }) => attributes['db.query.text'] === 'SELECT $1::int AS n');
      expect(began?.start).toBeLessThan(first?.end as bigint);
      expect(began?.end).toBeGreaterThan(first?.end as bigint);

      for (const phase of PHASES[kind].slice(-2)) {
        expect(
          counted('pg_otel.connection.setup.duration', { 'pg_otel.connection.phase': phase }),
        ).toBeGreaterThan(3);
      }
      expect(counted('db.client.connection.create_time')).toBe(connects.length);
      expect(counted('db.client.connection.create_time', refused)).toBe(2);
      expect(counted('db.client.connection.wait_time', pool)).toBe(3);
      expect(counted('db.client.connection.use_time', pool)).toBe(2);
      const gauge = (name: string) =>
        capture
          .metrics()
          .filter((metric) => metric.name === name)
          .at(-1)
          ?.points.map(({ value }) => value);
      expect(gauge('db.client.connection.limit')).toEqual([1]);
      expect(gauge('db.client.connection.timeouts')).toEqual([1]);
      expect(gauge('db.client.connection.pending_requests')).toEqual([0]);
      expect(gauge('db.client.connection.count')?.sort()).toEqual([0, 1]);
    },
  );
});
