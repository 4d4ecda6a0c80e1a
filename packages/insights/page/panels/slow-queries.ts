import { html, nothing, type TemplateResult } from 'lit-html';
import { clock, count, duration } from '../format';
import { empty, mark, type Part, panel, table, trace } from './panel';

const WAITS = {
  pool: 'a connection of the pool',
  setup: 'the setup of a connection',
  client: 'queries ahead of it on its client',
  server: 'the server',
} as const;

const MAX_ROWS = 10;

export function running(operations: Part<'running'>): TemplateResult {
  const note =
    operations.length > MAX_ROWS ? `The longest ${MAX_ROWS} of ${count(operations.length)}` : undefined;
  return panel(
    { id: 'running', title: 'Running now', note, isHalf: true },
    operations.length === 0
      ? empty('Nothing runs.')
      : table('Operations that run now', operations.slice(0, MAX_ROWS), [
          { name: 'for', kind: 'number', show: ({ elapsedSeconds }) => duration(elapsedSeconds) },
          {
            name: 'what',
            kind: 'text',
            show: ({ summary, kind, diagnosis }) =>
              html`<code>${summary || kind}</code>${diagnosis === undefined ? nothing : html`<br />${reason(diagnosis)}`}`,
          },
          { name: 'waits for', show: ({ waitsFor }) => WAITS[waitsFor] },
          { name: 'pool', show: ({ poolName }) => poolName ?? '–' },
        ]),
  );
}

export function slowQueries({ slow, critical }: Part<'performance'>): TemplateResult {
  const note = `Longer than ${duration(slow.thresholdSeconds)}, newest first`;
  return panel(
    { id: 'slow', title: 'Slow queries', note },
    slow.last.length === 0
      ? empty(`No query took longer than ${duration(slow.thresholdSeconds)}.`)
      : table('Slow queries', slow.last.slice(-MAX_ROWS).reverse(), [
          { name: 'ended', show: ({ at }) => clock(at) },
          {
            name: 'took',
            kind: 'number',
            show: ({ seconds }) =>
              mark(seconds > critical.thresholdSeconds ? 'bad' : 'warn', duration(seconds)),
          },
          { name: 'statement', kind: 'text', show: ({ summary }) => html`<code>${summary || '–'}</code>` },
          {
            name: 'why',
            kind: 'text',
            show: ({ diagnosis, errorType }) =>
              html`${diagnosis === undefined ? '–' : reason(diagnosis)}${errorType === undefined ? nothing : html` (failed: <code>${errorType}</code>)`}`,
          },
          { name: 'pool', show: ({ poolName }) => poolName ?? '–' },
          { name: 'trace', show: ({ isSampled, traceId }) => trace(isSampled ? traceId : undefined) },
        ]),
  );
}

type Diagnosis = NonNullable<Part<'running'>[number]['diagnosis']>;

function reason({ outcome, reason: text, certainty }: Diagnosis): unknown {
  if (outcome === 'nothing') return 'the server shows no reason';
  if (outcome === 'unavailable') return `the server cannot be asked: ${text}`;
  return html`${text} <span class="note">(${certainty})</span>`;
}
