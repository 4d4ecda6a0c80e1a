import type { Installation } from '@pg-otel/testkit';
import { target } from './expected';
import { type Answer, ask, ofModule, postgres, start } from './stage';

const query = (summary: string) => ({ ...target(postgres), 'db.query.summary': summary });
const missing = () => ({
  ...query('SELECT missing'),
  'error.type': '42P01',
  'db.response.status_code': '42P01',
});
const pool = () => ({ ...target(postgres), 'db.client.connection.pool.name': postgres.database });

const numbersOf = ({ collected: [first] }: Answer) => first?.metrics ?? {};

describe.each<Installation>(['otel-2', 'otel-3'])('in workerd, on %s', (installation) => {
  it('a query over HTTP is in the histograms', async () => {
    const worker = await start(installation, ofModule(installation));
    expect(numbersOf(await ask(worker, 'template'))).toMatchObject({
      'db.client.operation.duration': [{ attributes: query('SELECT'), value: 1 }],
    });
  });

  it('a pool reports its metrics while a connection is checked out, and each phase of the setup', async () => {
    const worker = await start(installation, ofModule(installation));
    const phase = (name: string) => ({
      attributes: { ...pool(), 'pg_otel.connection.phase': name, 'network.transport': 'tcp' },
      value: 1,
    });
    const one = (value: unknown, more: object = {}) => [{ attributes: { ...pool(), ...more }, value }];
    expect(numbersOf(await ask(worker, 'pool'))).toEqual({
      'db.client.operation.duration': [
        { attributes: query('SELECT'), value: 1 },
        { attributes: missing(), value: 1 },
      ],
      'db.client.connection.create_time': one(1),
      'db.client.connection.wait_time': one(2),
      'db.client.connection.use_time': one(1),
      'pg_otel.connection.setup.duration': ['websocket', 'startup', 'auth', 'ready'].map(phase),
      'db.client.connection.count': [
        ...one(1, { 'db.client.connection.state': 'used' }),
        ...one(0, { 'db.client.connection.state': 'idle' }),
      ],
      'db.client.connection.limit': one(3),
      'db.client.connection.idle.max': one(3),
      'db.client.connection.idle.min': one(0),
      'db.client.connection.pending_requests': one(0),
      'pg_otel.connection.utilization': one(expect.closeTo(1 / 3)),
      'pg_otel.connection.pending.oldest': one(0),
      'pg_otel.connection.use.oldest': one(expect.any(Number)),
    });
  });

  it('a pool is not looked at where that would keep it alive', async () => {
    const worker = await start(installation, ofModule(installation), { compatibilityDate: '2024-09-01' });
    const numbers = numbersOf(await ask(worker, 'pool'));
    expect(Object.keys(numbers)).toContain('db.client.connection.wait_time');
    expect(Object.keys(numbers)).not.toContain('db.client.connection.count');
  });
});

describe('log events, with the API that has loggers', () => {
  it('a failure is reported', async () => {
    const worker = await start('otel-3', ofModule('otel-3'));
    const { collected } = await ask(worker, 'failing');
    expect(collected.flatMap(({ logs }) => logs)).toEqual([
      {
        eventName: 'db.client.operation.exception',
        attributes: {
          ...missing(),
          'pg_otel.operation.kind': 'query',
          'exception.type': expect.any(String),
        },
      },
    ]);
  });

  it('a slow operation is reported when it ends, each time', async () => {
    const worker = await start('otel-3', ofModule('otel-3', '{ slowAfter: [0.1] }'));
    for (let times = 0; times < 2; times += 1) {
      const { collected } = await ask(worker, 'slow');
      const shared = {
        ...query('SELECT'),
        'pg_otel.operation.kind': 'query',
        'pg_otel.operation.limit': 0.1,
        'pg_otel.operation.elapsed': expect.any(Number),
      };
      expect(collected.flatMap(({ logs }) => logs)).toEqual([
        {
          eventName: 'pg_otel.operation.slow',
          attributes: { ...shared, 'pg_otel.operation.running': 0, 'pg_otel.operation.crossings': 1 },
        },
        { eventName: 'pg_otel.operation.ended', attributes: shared },
      ]);
    }
  });
});
