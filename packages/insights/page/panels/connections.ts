import { html, nothing, type TemplateResult } from 'lit-html';
import { clock, count, duration } from '../format';
import { bar, empty, mark, type Part, panel } from './panel';

export function setups({ setups: all, failures, opened, closed }: Part<'connections'>): TemplateResult {
  const longest = Math.max(1e-6, ...all.phases.map(({ seconds }) => seconds.p95));
  const reasons = Object.entries(closed).map(([reason, number]) => `${count(number)} ${reason}`);
  return panel(
    {
      id: 'setups',
      title: 'Connection setup',
      note: `${count(opened)} opened. Closed: ${reasons.join(', ') || 'none'}`,
      isHalf: true,
    },
    html`${
      all.phases.length === 0
        ? empty('No connection was opened since the start.')
        : html`<div class="bars">
            ${all.phases.map(({ phase, seconds }) => html`<span>${phase}</span>${bar(seconds.p95 / longest)}<span>p95 ${duration(seconds.p95)}</span>`)}
            <strong>together</strong><span></span><span>p95 ${duration(all.seconds.p95)}</span>
          </div>`
    }
    ${failures.length === 0 ? nothing : html`<h3>Failed</h3><ul>${failures.map(failure)}</ul>`}`,
  );
}

const failure = ({ errorType, count: number, lastAt }: Part<'connections'>['failures'][number]) =>
  html`<li><code>${errorType}</code>: ${count(number)}, last at ${clock(lastAt)}</li>`;

const SEVERITIES = { up: 'good', degraded: 'warn', down: 'bad' } as const;
const MAX_CHANGES = 5;

export function health({ health: all, recoveries, retries }: Part<'connections'>): TemplateResult {
  const repeated = Object.entries(retries).map(
    ([outcome, number]) => `${count(number)} ${outcome.replace('_', ' ')}`,
  );
  return panel(
    { id: 'health', title: 'Health', note: 'Of pools that @pg-otel/pool manages', isHalf: true },
    html`${all.length === 0 ? empty('No pool is managed.') : html`<ul>${all.map(poolHealth)}</ul>`}
    ${recoveries.length === 0 ? nothing : html`<h3>Recoveries</h3><ul>${recoveries.slice(-MAX_CHANGES).map(recovery)}</ul>`}
    ${repeated.length === 0 ? nothing : html`<p>Retries: ${repeated.join(', ')}</p>`}`,
  );
}

function poolHealth({ poolName, state, since, errorType, changes }: Part<'connections'>['health'][number]) {
  const now = `${poolName}: ${state} since ${clock(since)}${errorType === undefined ? '' : `, ${errorType}`}`;
  // The last change is the state now.
  const before = changes.slice(-MAX_CHANGES - 1, -1).map((change) => `${clock(change.at)} ${change.state}`);
  return html`<li>${mark(SEVERITIES[state], now)} ${before.length === 0 ? nothing : html`<span class="note">before: ${before.join(', ')}</span>`}</li>`;
}

const recovery = ({ at, poolName, seconds }: Part<'connections'>['recoveries'][number]) =>
  html`<li>${clock(at)} ${poolName}, after ${duration(seconds)}</li>`;
