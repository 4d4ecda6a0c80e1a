import { startApplication } from './harness/application';
import { asOperator, environment, send, statementsSeen } from './harness/example';
import { traceTree } from './harness/received';

it('examples/nestjs-typeorm has requests in one trace, insights behind its guard, and ends while the page is open', async () => {
  const application = await startApplication(
    {
      application: 'examples/nestjs-typeorm',
      guide: '../../examples/nestjs-typeorm/README',
      prepare: ['Install', 'Build'],
      start: 'Start',
    },
    environment,
  );
  const post = (body: object) =>
    send(application, '/books', {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  const created = await post({ title: 'Emma', author: 'Jane Austen' });
  expect([created.status, JSON.parse(created.body)]).toEqual([
    201,
    { id: 1, title: 'Emma', author: 'Jane Austen' },
  ]);
  expect((await post({ title: 1 })).status).toBe(400);
  const one = await send(application, '/books/1');
  expect(JSON.parse(one.body)).toEqual({ id: 1, title: 'Emma', author: 'Jane Austen' });
  expect((await send(application, '/books/2')).status).toBe(404);

  const health = await send(application, '/health');
  expect([health.status, JSON.parse(health.body)]).toMatchObject([
    200,
    { isHealthy: true, pools: [{ poolName: 'notes', state: 'up' }] },
  ]);
  const refused = await send(application, '/insights/all');
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="operators"']);
  const page = await send(application, '/insights', { headers: asOperator });
  expect(page.body).toContain('<title>Postgres insights</title>');
  expect(await statementsSeen(`${application.url}/insights/performance`)).toMatchObject({
    'INSERT "book"': 1,
    'SELECT "book"': 2,
  });

  const live = await fetch(`${application.url}/insights/live`, { headers: asOperator });
  const [end] = await Promise.all([application.stop(), live.text().catch(() => '')]);
  expect([end.code, end.signal, end.stderr]).toEqual([null, 'SIGTERM', '']);
  expect([created, one].map(({ traceId }) => traceTree(traceId))).toEqual([
    handledBy('SERVER POST', 'create', [
      'CLIENT COMMIT',
      'CLIENT INSERT "book"',
      'CLIENT START TRANSACTION',
      'INTERNAL acquire notes',
    ]),
    handledBy('SERVER GET', 'findOne', ['CLIENT SELECT "book"', 'INTERNAL acquire notes']),
  ]);
});

const handledBy = (request: string, handler: string, queries: readonly string[]): string[] => [
  request,
  `  INTERNAL BooksController.${handler}`,
  `    INTERNAL ${handler}`,
  ...queries.map((line) => `      ${line}`),
];
