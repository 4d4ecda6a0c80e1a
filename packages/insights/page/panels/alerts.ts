import type { TemplateResult } from 'lit-html';
import { clock } from '../format';
import { empty, mark, type Part, panel, table, trace } from './panel';

type AnyAlert = Part<'alertHistory'>[number] | Part<'pools'>['alerts'][number];

export function alerts(all: Part<'pools'>['alerts']): TemplateResult {
  return panel(
    { id: 'alerts', title: 'Alerts', isLive: true },
    all.length === 0 ? empty('No alert fires.') : alertTable('Alerts', all),
  );
}

export function pastAlerts(all: Part<'alertHistory'>): TemplateResult {
  const ended = all.filter(({ endedAt }) => endedAt !== undefined).reverse();
  return panel(
    { id: 'past-alerts', title: 'Past alerts', note: 'The last 100, newest first' },
    ended.length === 0 ? empty('No alert has ended.') : alertTable('Past alerts', ended),
  );
}

function alertTable(label: string, all: readonly AnyAlert[]): TemplateResult {
  return table(label, all, [
    { name: 'alert', show: ({ name }) => name },
    { name: 'severity', show: severityOf },
    { name: 'about', kind: 'text', show: aboutOf },
    { name: 'what', kind: 'text', show: ({ annotations }) => whatOf(annotations) },
    { name: 'since', show: ({ startsAt }) => clock(startsAt) },
    { name: 'until', show: (alert) => endOf(alert) },
    { name: 'trace', show: ({ traceId }) => trace(traceId) },
  ]);
}

const severityOf = ({ severity, state }: AnyAlert) =>
  mark(
    severity === 'critical' ? 'bad' : severity === 'warning' ? 'warn' : 'good',
    state === 'pending' ? `${severity}, pending` : severity,
  );

const aboutOf = ({ labels: { db_query_summary: summary, pool, db_namespace: database } }: AnyAlert) =>
  summary ?? pool ?? database ?? '–';

const whatOf = (annotations: AnyAlert['annotations']): string =>
  [annotations['summary'], annotations['value']].filter((text) => text !== undefined).join(': ');

const endOf = (alert: AnyAlert): string =>
  'endedAt' in alert && alert.endedAt !== undefined ? clock(alert.endedAt) : 'now';
