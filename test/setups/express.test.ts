import { defaultNode } from '@pg-otel/testkit';
import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';

const events = {
  report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
  archived: ['db.client.operation.exception'],
};
const ended = { otherTraces: [], code: 0, signal: null };
const express = { application: 'express', guide: 'express' };

describe('Express has each request and its queries in one trace', () => {
  it.each([
    ['Node 20', process.execPath],
    ['Node 24', defaultNode('otel-3')],
  ])('by the one line on %s', async (_, node) => {
    const application = await startApplication({ ...express, node, prepare: ['Install'], start: 'Start' });
    expect(await visitNotes(application)).toEqual({
      traces: {
        list: request('/notes', 'CLIENT SELECT notes', 'INTERNAL acquire notes', '  CLIENT connect notes'),
        one: request('/notes/:id', 'CLIENT SELECT notes', 'INTERNAL acquire notes'),
        report: request('/notes/report', 'CLIENT SELECT notes', 'INTERNAL acquire notes'),
        archived: request(
          '/notes/archived ERROR',
          'CLIENT SELECT archived_notes ERROR',
          'INTERNAL acquire notes',
        ),
      },
      events,
      stderr: '',
      ...ended,
    });
  });

  it.each([['Start after auto-instrumentations-node'], ['Start before auto-instrumentations-node']])(
    '%s',
    async (start) => {
      const application = await startApplication({
        ...express,
        prepare: ['Install next to auto-instrumentations-node'],
        start,
      });
      expect(await visitNotes(application)).toEqual({
        traces: {
          list: routedRequest(
            '/notes',
            '/notes/',
            'CLIENT SELECT notes',
            'INTERNAL acquire notes',
            '  CLIENT connect notes',
            '    INTERNAL tcp.connect',
          ),
          one: routedRequest('/notes/:id', '/notes/:id', 'CLIENT SELECT notes', 'INTERNAL acquire notes'),
          report: routedRequest(
            '/notes/report',
            '/notes/report',
            'CLIENT SELECT notes',
            'INTERNAL acquire notes',
          ),
          archived: routedRequest(
            '/notes/archived ERROR',
            '/notes/archived',
            'CLIENT SELECT archived_notes ERROR',
            'INTERNAL acquire notes',
          ),
        },
        events,
        stderr: expect.stringMatching(/^\(node:\d+\) \[PG_OTEL_FOREIGN_PROVIDER\] [^\n]+\n\(Use .+\)\n$/),
        ...ended,
      });
    },
  );
});

/** A request as the instrumentations of http and express show it. */
function request(title: string, ...queries: string[]): string[] {
  return [
    `SERVER GET ${title}`,
    ...['cookieParser', 'jsonParser', 'logger', 'serveStatic', 'urlencodedParser'].map(
      (name) => `  INTERNAL middleware - ${name}`,
    ),
    '  INTERNAL request handler',
    ...queries.map((line) => `    ${line}`),
    '  INTERNAL router - /',
  ];
}

/** With the instrumentation of the package router as well, which instruments what express instruments already. */
function routedRequest(title: string, handler: string, ...queries: string[]): string[] {
  return [
    `SERVER GET ${title}`,
    ...['logger', 'jsonParser', 'urlencodedParser', 'cookieParser', 'serveStatic'].flatMap((name) => [
      '  INTERNAL middleware - patched',
      `    INTERNAL middleware - ${name}`,
    ]),
    '  INTERNAL middleware - patched',
    '    INTERNAL middleware - patched',
    '      INTERNAL request handler',
    `        INTERNAL request handler - ${handler}`,
    ...queries.map((line) => `          ${line}`),
    '    INTERNAL router - /',
  ];
}
