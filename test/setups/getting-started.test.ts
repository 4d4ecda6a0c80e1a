import { defaultNode } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { runCommands } from './harness/prepare';
import { eventsOf, traceTree } from './harness/received';
import type { Setup } from './harness/setup';
import { capture, postgres } from './harness/stage';

const tutorial = {
  application: 'getting-started',
  guide: '../getting-started',
  prepare: ['Create an application', 'Add pg-otel'],
};
const onTerminal: Setup = { ...tutorial, start: 'Start it with telemetry on the terminal' };
const toCollector: Setup = { ...tutorial, start: 'Send it to a collector' };

describe.each([
  ['Node 20', process.execPath],
  ['Node 24', defaultNode('otel-3')],
])('a reader of docs/getting-started.md, on %s', (_, node) => {
  it('sees the spans of a request, and a slow query while it runs, on the terminal', async () => {
    const application = await startApplication({ ...onTerminal, node });
    await application.get('/databases');
    await application.get('/report');
    const { stdout, stderr, code } = await application.stop();
    for (const shown of [
      "name: 'GET /databases'",
      "name: 'request handler'",
      "name: 'acquire notes'",
      "name: 'connect notes'",
      "name: 'SELECT pg_database'",
      "'db.query.text': 'SELECT datname FROM pg_database WHERE NOT datistemplate'",
      "'db.response.returned_rows': 2",
      "'pg_otel.pool.wait_time': 0.",
      "eventName: 'pg_otel.operation.ended'",
    ]) {
      expect(stdout).toContain(shown);
    }
    expect(stdout).toMatch(/body: 'SELECT pg_class has been running for \d+\.\d s \(threshold 1 s\)'/);
    expect(stdout).toMatch(/body: 'SELECT pg_class has been running for \d+\.\d s \(threshold 5 s\)'/);
    expect(stdout).toMatch(
      /body: 'SELECT pg_class has been running for \d+\.\d s: sleeps in pg_sleep, which it calls'/,
    );
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  });

  it('has the traces, and nothing else, in the collector', async () => {
    const application = await startApplication({ ...toCollector, node });
    const { traceId } = await application.get('/databases');
    expect((await application.stop()).stderr).toBe('');
    expect(traceTree(traceId)).toEqual([
      'SERVER GET /databases',
      '  INTERNAL request handler',
      '    CLIENT SELECT pg_database',
      '    INTERNAL acquire notes',
      '      CLIENT connect notes',
    ]);
    expect(eventsOf(traceId)).toEqual([]);
    expect(capture.metrics()).toEqual([]);
  });

  it('has an installation without problems', async () => {
    const output = await runCommands({ ...toCollector, node }, 'Check the installation', {
      ...postgres.env,
      ...capture.env,
    });
    expect(output).toContain('No problems');
  });
});
