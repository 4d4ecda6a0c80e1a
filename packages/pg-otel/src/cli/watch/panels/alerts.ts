import type { AllPerformanceData } from '@pg-otel/insights';
import { duration } from '../format';
import { cell, fitting } from '../width';
import type { Panel } from './panel';

const MAX_ROWS = 4;

/** The alerts that fire or are pending, the most urgent first, by the thresholds that Prometheus and the collector have too. */
export const alertsPanel: Panel = ({ data }, width, paint) => {
  const alerts = [...data.pools.alerts].sort((one, other) => urgency(other) - urgency(one));
  const rows = alerts.slice(0, MAX_ROWS).map(({ name, severity, state, labels, annotations, startsAt }) => {
    const since = duration(Math.max(0, data.collectedAt - startsAt) / 1_000);
    const more = [
      state === 'pending' ? 'pending' : '',
      subjectOf(labels),
      `for ${since}`,
      annotations['summary'] ?? '',
    ];
    const text = `${cell(severity, 9)}${name}  ${more.filter((part) => part !== '').join(' · ')}`;
    return paint(severity === 'critical' ? 'red' : 'yellow', fitting(text, width));
  });
  const left = alerts.length - rows.length;
  const more = left > 0 ? paint('dim', `  and ${left} more`) : '';
  if (rows.length === 0) rows.push(paint('dim', 'nothing'));
  return [paint('bold', 'Above a threshold') + more, ...rows];
};

/** What an alert is about: a statement, a pool or a database. */
export const subjectOf = (labels: Readonly<Record<string, string>>): string =>
  labels['db_query_summary'] ?? labels['pool'] ?? labels['db_namespace'] ?? '';

const urgency = ({ severity, state }: AllPerformanceData['pools']['alerts'][number]): number =>
  (state === 'firing' ? 2 : 0) + (severity === 'critical' ? 1 : 0);
