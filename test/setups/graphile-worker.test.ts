import { startApplication } from './harness/application';
import { byPool, operationCounts, otherTraces, traceTree } from './harness/received';
import { capture } from './harness/stage';

it('graphile-worker has a trace of each request, its jobs’ queries, and does not report the connection that listens as held', async () => {
  const application = await startApplication(
    {
      application: 'graphile-worker',
      guide: 'job-queues',
      prepare: ['Install'],
      start: 'Start with graphile-worker',
    },
    // The job takes longer, and its connection is held; the one that listens is held for as long as the application runs.
    { PG_OTEL_HELD_AFTER: '0.5' },
  );
  const { status, traceId } = await application.get('/jobs');
  await capture.waitFor(() => operationCounts()['SELECT notes'] === 1, 60_000);
  const { stderr, code, signal } = await application.stop();

  expect(status).toBe(200);
  expect(traceTree(traceId)).toEqual(['SERVER GET', '  CLIENT select', '  INTERNAL acquire notes']);
  expect(otherTraces([traceId])).toContainEqual(['CLIENT SELECT notes']);
  expect(Object.keys(byPool('db.client.connection.wait_time'))).toEqual(['notes']);
  const held = capture.logs().filter(({ eventName }) => eventName === 'pg_otel.connection.held');
  expect(held).not.toEqual([]);
  for (const { attributes } of held) expect(attributes['pg_otel.connection.held_count']).toBe(1);
  expect({ stderr, code, signal }).toEqual({ stderr: '', code: 0, signal: null });
});
