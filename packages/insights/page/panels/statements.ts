import { html, nothing, type TemplateResult } from 'lit-html';
import type { AllPerformanceData } from '../../src';
import { clock, count, duration, percent } from '../format';
import { bar, empty, mark, panel, table } from './panel';

const MAX_STATEMENTS = 20;

export function statements({ performance: queries, baseline }: AllPerformanceData): TemplateResult {
  const usual = new Map(baseline.statements.map((one) => [one.summary, one]));
  const deviating = new Map(baseline.deviations.map((one) => [one.summary, one]));
  const slower = (summary: string) => {
    const deviation = deviating.get(summary);
    return deviation === undefined
      ? nothing
      : html` ${mark('warn', `slower than usual since ${clock(deviation.since)}`)}`;
  };
  const usualP95 = (summary: string) => {
    const statement = usual.get(summary);
    return statement === undefined ? '–' : duration(statement.p95);
  };
  return panel(
    { id: 'statements', title: 'Statements', note: 'Of the window, the largest total time first' },
    queries.statements.length === 0
      ? empty('No query yet.')
      : table('Statements', queries.statements.slice(0, MAX_STATEMENTS), [
          {
            name: 'statement',
            kind: 'text',
            show: ({ summary }) => html`<code>${summary || '(no summary)'}</code>${slower(summary)}`,
          },
          {
            name: 'share of the time',
            show: ({ share }) => html`${percent(share)} <span class="track">${bar(share)}</span>`,
          },
          { name: 'count', kind: 'number', show: (one) => count(one.count) },
          { name: 'failed', kind: 'number', show: ({ failed }) => count(failed) },
          { name: 'p50', kind: 'number', show: ({ seconds }) => duration(seconds.p50) },
          { name: 'p95', kind: 'number', show: ({ seconds }) => duration(seconds.p95) },
          { name: 'max', kind: 'number', show: ({ seconds }) => duration(seconds.max) },
          { name: 'usual p95', kind: 'number', show: ({ summary }) => usualP95(summary) },
        ]),
  );
}
