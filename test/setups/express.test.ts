import { startApplication } from './harness/application';
import { visitNotes } from './harness/notes';
import type { Setup } from './harness/setup';

const EVENTS = {
  report: ['pg_otel.operation.slow', 'pg_otel.operation.ended'],
  archived: ['db.client.operation.exception'],
};
const express = { application: 'express', guide: 'express' };

describe('Express', () => {
  const setup: Setup = { ...express, prepare: ['Install'], start: 'Start' };

  it('has spans, metrics and events of its queries by the one line', async () => {
    const visit = await visitNotes(await startApplication(setup));
    expect(visit).toEqual({
      traces: { list: [], one: [], report: [], archived: [] },
      events: { report: [], archived: [] },
      otherTraces: [
        ['INTERNAL acquire notes', '  CLIENT connect notes'],
        ['CLIENT SELECT notes'],
        ['INTERNAL acquire notes'],
        ['CLIENT SELECT notes'],
        ['INTERNAL acquire notes'],
        ['CLIENT SELECT notes'],
        ['INTERNAL acquire notes'],
        ['CLIENT SELECT archived_notes ERROR'],
      ],
      stderr: '',
      code: 0,
      signal: null,
    });
  });
});

describe('Express next to auto-instrumentations-node', () => {
  const prepare = ['Install next to auto-instrumentations-node'];

  it('has each request and its queries in one trace', async () => {
    const setup: Setup = { ...express, prepare, start: 'Start after auto-instrumentations-node' };
    const visit = await visitNotes(await startApplication(setup));
    expect(visit).toEqual({
      traces: {
        list: request('/notes', '/notes/', [
          'CLIENT SELECT notes',
          'INTERNAL acquire notes',
          '  CLIENT connect notes',
          '    INTERNAL tcp.connect',
        ]),
        one: request('/notes/:id', '/notes/:id', ['CLIENT SELECT notes', 'INTERNAL acquire notes']),
        report: request('/notes/report', '/notes/report', ['CLIENT SELECT notes', 'INTERNAL acquire notes']),
        archived: request('/notes/archived ERROR', '/notes/archived', [
          'CLIENT SELECT archived_notes ERROR',
          'INTERNAL acquire notes',
        ]),
      },
      events: EVENTS,
      otherTraces: [],
      stderr: expect.stringContaining('[PG_OTEL_FOREIGN_PROVIDER] PgOtelWarning'),
      code: 0,
      signal: null,
    });
  });
});

/** A request as the instrumentations of http, express and router show it: Express 5 gives each middleware two spans. */
function request(title: string, handler: string, queries: string[]): string[] {
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
