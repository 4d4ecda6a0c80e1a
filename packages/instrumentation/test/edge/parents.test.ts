import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { type Installation, repository } from '@pg-otel/testkit';
import { allSpans, ask, ofModule, start } from './stage';

/** Its text, next to the worker, where it finds the packages of the line. */
const ASYNC_LOCAL_STORAGE = readFileSync(path.join(repository, 'examples/edge-worker/context.js'), 'utf8');

/** Names of the spans with that of each one's parent. */
async function parentsOf(
  installation: Installation,
  contextManager: string,
  of: string,
  compatibilityFlags: string[] = [],
) {
  const imports = `import { parents } from './parents.mjs'; ${contextManager}`;
  const source = ofModule(installation, "{ acquireSpans: 'always' }", 'does: parents');
  const worker = await start(installation, imports + source, { compatibilityFlags });
  const answer = await ask(worker, of);
  expect(answer.result).toEqual({ value: 'done' });
  expect(worker.output()).toBe('');
  const spans = allSpans(answer);
  return spans.map(({ name, parentSpanId }) => {
    const parent = spans.find(({ spanId }) => spanId === parentSpanId)?.name;
    return parent === undefined ? name : `${name} < ${parent}`;
  });
}

const BELOW = [
  'SELECT < request',
  'SELECT < request',
  'BATCH SELECT < request',
  'acquire shop < request',
  'connect shop < acquire shop',
  'SELECT < request',
  'request',
];

const STACK = `
  import { StackContextManager } from '@opentelemetry/sdk-trace';
  import { context } from '@opentelemetry/api';
  context.setGlobalContextManager(new StackContextManager().enable());`;

describe.each<Installation>(['otel-2', 'otel-3'])('parents in workerd, on %s', (installation) => {
  it('are found within the call, by a context manager for synchronous code', async () => {
    expect(await parentsOf(installation, STACK, 'within-the-call')).toEqual(BELOW);
  });

  it('of awaited work are lost there', async () => {
    const lost = await parentsOf(installation, STACK, 'awaited');
    expect(lost.filter((name) => name.endsWith('< request'))).toEqual([]);
  });

  it.each(['within-the-call', 'awaited'])('are found %s, by AsyncLocalStorage', async (of) => {
    expect(await parentsOf(installation, ASYNC_LOCAL_STORAGE, of, ['nodejs_als'])).toEqual(BELOW);
  });
});
