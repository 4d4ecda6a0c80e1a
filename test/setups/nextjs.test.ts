import { defaultNode } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';
import { below, receivedRequest, traceTree } from './harness/received';
import type { Setup } from './harness/setup';

const nextjs: Omit<Setup, 'prepare' | 'start'> = { application: 'nextjs', guide: 'nextjs' };
const withInstrumentationFile: Setup = { ...nextjs, prepare: ['Install', 'Build'], start: 'Start' };

/** What the route handler of each request has below it. */
const QUERIES = {
  list: ['CLIENT SELECT notes', 'INTERNAL acquire notes', '  CLIENT connect notes'],
  one: ['CLIENT SELECT notes', 'INTERNAL acquire notes'],
  report: ['CLIENT SELECT notes', 'INTERNAL acquire notes'],
  archived: ['CLIENT SELECT archived_notes ERROR', 'INTERNAL acquire notes'],
};
const ROUTES = {
  list: '/notes',
  one: '/notes/[id]',
  report: '/notes/report',
  archived: '/notes/archived',
} as const;
type Request = keyof typeof ROUTES;

function expectQueriesInHandlers(traces: Readonly<Record<Request, readonly string[]>>): void {
  const found = Object.entries(ROUTES).map(([request, route]) => [
    request,
    below(traces[request as Request], `executing api route (app) ${route}`),
  ]);
  expect(Object.fromEntries(found)).toEqual(QUERIES);
  for (const [request, route] of Object.entries(ROUTES)) {
    expect(traces[request as Request][0]).toMatch(`SERVER GET ${route}`);
  }
}

const withNodeOptions: Setup = {
  ...nextjs,
  prepare: ['Install', 'With NODE_OPTIONS', 'Build'],
  start: 'Start with NODE_OPTIONS',
};
const withWebpack: Setup = {
  ...nextjs,
  prepare: ['Install', 'Build with webpack'],
  start: 'Start',
  node: defaultNode('otel-3'),
};
const NODE_OPTIONS = '--import pg-otel/register';

it.each<[string, Setup, number, Record<string, string>]>([
  ['next start with instrumentation.ts', withInstrumentationFile, 143, {}],
  ['next dev with instrumentation.ts', { ...withInstrumentationFile, start: 'Start for development' }, 0, {}],
  ['next start by NODE_OPTIONS', withNodeOptions, 143, {}],
  ['next dev by NODE_OPTIONS', { ...withNodeOptions, start: 'Start for development' }, 0, { NODE_OPTIONS }],
  ['next start of a webpack build on Node 24', withWebpack, 143, {}],
  [
    'next dev with webpack on Node 24',
    { ...withWebpack, start: 'Start for development with webpack' },
    0,
    {},
  ],
])('%s has each request and its queries in one trace, metrics and events', async (_, setup, code, env) => {
  const application = await startApplication(setup, env);
  // The edge runtime is next to pg-otel, and not disturbed.
  const edge = await application.get('/edge');
  expect([edge.status, edge.body]).toEqual([200, '{"runtime":"edge"}']);
  const visit = await visitNotes(application, { exits: true });
  expectQueriesInHandlers(visit.traces);
  expect(visit.otherTraces.flat().filter((line) => line.includes('CLIENT'))).toEqual([]);
  expect(visit.events).toEqual({
    report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
    archived: ['db.client.operation.exception'],
  });
  expect(visit.stderr).not.toContain('PG_OTEL');
  expect(visit.code).toBe(code);
});

const withVercelOtel: Setup = {
  ...nextjs,
  application: 'nextjs-vercel-otel',
  base: 'nextjs',
  prepare: ['Install @vercel/otel', 'Build'],
  start: 'Start',
};

it.each<[string, Setup, number]>([
  ['next start with @vercel/otel', withVercelOtel, 143],
  ['next dev with @vercel/otel', { ...withVercelOtel, start: 'Start for development' }, 0],
])('%s has each request and its queries in one trace', async (_, setup, exitCode) => {
  const application = await startApplication(setup);
  const ids: Record<Request, string> = {
    list: (await application.get('/notes')).traceId,
    one: (await application.get('/notes/1')).traceId,
    report: (await application.get('/notes/report')).traceId,
    archived: (await application.get('/notes/archived')).traceId,
  };
  for (const traceId of Object.values(ids)) await receivedRequest(traceId);
  const { stderr, code } = await application.stop();
  expectQueriesInHandlers({
    list: traceTree(ids.list),
    one: traceTree(ids.one),
    report: traceTree(ids.report),
    archived: traceTree(ids.archived),
  });
  expect(stderr).not.toContain('PG_OTEL');
  expect(code).toBe(exitCode);
});

it('next start with @vercel/otel and the one line has the traces of its SDK, and metrics and events of pg-otel', async () => {
  const application = await startApplication(
    {
      ...nextjs,
      application: 'nextjs-vercel-otel-register',
      base: 'nextjs',
      prepare: ['Install', 'Install @vercel/otel', 'Build'],
      start: 'Start with NODE_OPTIONS',
    },
    { OTEL_SERVICE_NAME: 'notes' },
  );
  const visit = await visitNotes(application, { exits: true });
  expectQueriesInHandlers(visit.traces);
  expect(visit.otherTraces.flat().filter((line) => line.includes('CLIENT'))).toEqual([]);
  expect(visit.events).toEqual({
    report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
    archived: ['db.client.operation.exception'],
  });
  expect(visit.stderr.match(/PG_OTEL_\w+/g)).toEqual(['PG_OTEL_FOREIGN_PROVIDER']);
  expect(visit.code).toBe(143);
});
