import { html, nothing, type TemplateResult } from 'lit-html';
import type { AllPerformanceData } from '../../src';
import { clock, count, duration } from '../format';
import { empty, mark, type Part, panel } from './panel';

const KINDS = {
  n_plus_one: 'N+1 queries',
  loop: 'a query in a loop',
  idle_transaction: 'idle transaction',
  waits_for_idle: 'waits for idle connections',
  not_returned: 'connections not returned',
} as const;

export function findings({ findings: all, baseline: { deviations } }: AllPerformanceData): TemplateResult {
  return panel(
    { id: 'findings', title: 'Findings' },
    all.length + deviations.length === 0
      ? empty('Nothing was found.')
      : html`<ul>
          ${deviations.map((one) => html`<li>${mark('warn', 'slower than usual')}: ${deviation(one)}</li>`)}
          ${all.map(finding)}
        </ul>`,
  );
}

/** Its sentence has the time of the process, and the page that of the browser. */
const deviation = ({ summary, p95, baseline, since }: Part<'baseline'>['deviations'][number]): string =>
  `${summary}: p95 ${duration(p95)}, baseline ${duration(baseline.p95)}, since ${clock(since)}`;

function finding(one: Part<'findings'>[number]): TemplateResult {
  const { kind, sentence, count: times, lastSeen, takenAt, traceIds } = one;
  const last = traceIds.at(-1);
  return html`<li>
    ${mark('warn', KINDS[kind])}: ${sentence}.
    <span class="note">Seen ${count(times)} times, last at ${clock(lastSeen)}${last === undefined ? '' : `, trace ${last}`}</span>
    ${takenAt === undefined ? nothing : html`<pre>${takenAt}</pre>`}
  </li>`;
}
