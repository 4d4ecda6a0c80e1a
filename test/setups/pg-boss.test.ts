import { defaultNode } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { byPool, operationCounts, otherTraces, traceTree } from './harness/received';
import { capture } from './harness/stage';

it('pg-boss on Node 24 has a trace of each request, and one of each job with its queries', async () => {
  const application = await startApplication({
    application: 'pg-boss',
    guide: 'job-queues',
    prepare: ['Install'],
    start: 'Start with pg-boss',
    // pg-boss 12 needs 22.12.
    node: defaultNode('otel-3'),
  });
  const { status, traceId } = await application.get('/jobs');
  // The job has ended when pg-boss has marked it as completed.
  await capture.waitFor(() => operationCounts()['UPDATE pgboss.job_common SELECT'] === 1, 60_000);
  const { stderr, code, signal } = await application.stop();

  expect(status).toBe(200);
  expect(traceTree(traceId)).toEqual([
    'SERVER GET',
    '  PRODUCER send count-notes',
    '    CLIENT INSERT pgboss.job_common SELECT SELECT pgboss.queue',
    '    INTERNAL acquire queue',
  ]);
  expect(otherTraces([traceId])).toContainEqual([
    'CONSUMER process count-notes',
    '  CLIENT SELECT notes',
    '  CLIENT complete count-notes',
    '    CLIENT UPDATE pgboss.job_common SELECT',
    '    INTERNAL acquire queue',
    '  INTERNAL acquire application',
    '    CLIENT connect notes',
  ]);
  expect(operationCounts()['SELECT notes']).toBe(1);
  expect(byPool('db.client.connection.wait_time')).toMatchObject({ application: 1 });
  expect(capture.logs()).toEqual([]);
  expect({ stderr, code, signal }).toEqual({ stderr: '', code: 0, signal: null });
});
