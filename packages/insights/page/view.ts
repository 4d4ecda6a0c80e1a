import { html, nothing, type TemplateResult } from 'lit-html';
import type { AllPerformanceData } from '../src';
import { LATENCY_SERIES, UTILIZATION_SERIES } from './charts';
import { clock, count, duration, percent, perSecond } from './format';

/** What the page shows besides the data. */
export interface PageState {
  readonly data: AllPerformanceData | undefined;
  readonly isPaused: boolean;
  readonly connection: 'connecting' | 'live' | 'lost';
  readonly wasCopied: boolean;
  togglePause(): void;
  copy(): void;
}

type Part<Key extends keyof AllPerformanceData> = AllPerformanceData[Key];

export function page(state: PageState): TemplateResult {
  const { data } = state;
  return html`
    <a class="skip" href="#content">Skip to the content</a>
    <header>
      <h1>Postgres insights</h1>
      <span class="state ${healthClass(data)}">${healthWords(data)}</span>
      <span class="when">${connectionWords(state)}</span>
      <button type="button" aria-pressed=${state.isPaused} @click=${state.togglePause}>Pause</button>
      <button type="button" @click=${state.copy} ?disabled=${data === undefined}>
        ${state.wasCopied ? 'Copied' : 'Copy as JSON'}
      </button>
    </header>
    <main id="content" tabindex="-1">${data === undefined ? nothing : content(data)}</main>`;
}

function content(data: AllPerformanceData): TemplateResult {
  return html`
    ${alerts(data.pools.alerts)} ${findings(data)} ${tiles(data)} ${latency(data)} ${distribution(data.performance)}
    ${running(data.running)} ${statements(data)} ${pools(data)} ${setups(data.connections)}
    ${health(data.connections)} ${pastAlerts(data.alertHistory)}`;
}

function connectionWords({ data, isPaused, connection }: PageState): string {
  if (data === undefined) return connection === 'lost' ? 'No answer from the process' : 'Loading';
  const at = `at ${clock(data.collectedAt)}`;
  if (isPaused) return `Paused ${at}`;
  return connection === 'lost'
    ? `Connection lost, last data ${at}`
    : `Live, ${at}, running for ${duration(data.uptimeSeconds)}`;
}

function healthClass(data: AllPerformanceData | undefined): string {
  if (data === undefined) return '';
  const severities = data.pools.alerts
    .filter(({ state }) => state === 'firing')
    .map(({ severity }) => severity);
  if (severities.includes('critical') || data.connections.health.some(({ state }) => state === 'down'))
    return 'bad';
  return severities.length > 0 ? 'warn' : 'good';
}

function healthWords(data: AllPerformanceData | undefined): string {
  if (data === undefined) return '';
  const firing = data.pools.alerts.filter(({ state }) => state === 'firing').length;
  if (firing === 0) return 'No alert';
  return firing === 1 ? '1 alert' : `${firing} alerts`;
}

const title = (id: string, text: string, note?: string) => html`
  <h2 id=${id}>${text}</h2>
  ${note === undefined ? nothing : html`<p class="note">${note}</p>`}`;

const empty = (text: string) => html`<p class="empty">${text}</p>`;

const FINDINGS = {
  n_plus_one: 'N+1 queries',
  loop: 'a query in a loop',
  idle_transaction: 'idle transaction',
  waits_for_idle: 'waits for idle connections',
  not_returned: 'connections not returned',
} as const;

function findings({ findings: all, baseline: { deviations } }: AllPerformanceData): TemplateResult {
  return html`<section aria-labelledby="findings">
    ${title('findings', 'Findings')}
    ${
      all.length + deviations.length === 0
        ? empty('Nothing was found.')
        : html`<ul>
            ${deviations.map(({ sentence }) => html`<li><span class="state warn">slower than usual</span>: ${sentence}</li>`)}
            ${all.map(
              ({ kind, sentence, count: times, lastSeen, takenAt, traceIds }) => html`<li>
                <span class="state warn">${FINDINGS[kind]}</span>: ${sentence}.
                <span class="note">Seen ${count(times)} times, last at ${clock(lastSeen)}${traceIds.length === 0 ? '' : `, trace ${traceIds.at(-1)}`}</span>
                ${takenAt === undefined ? nothing : html`<pre>${takenAt}</pre>`}
              </li>`,
            )}
          </ul>`
    }
  </section>`;
}

function tiles({ performance: queries, connections }: AllPerformanceData): TemplateResult {
  const { seconds } = queries;
  const all: [string, string, string?][] = [
    ['Queries', perSecond(queries.perSecond), `${count(queries.total)} since the start`],
    ['p50', duration(seconds.p50)],
    ['p95', duration(seconds.p95)],
    ['p99', duration(seconds.p99)],
    ['Within 50 ms', percent(queries.withinTarget.share)],
    ['Failed', percent(queries.errorRate), `${count(queries.failed)} queries`],
    ['Slow (over 1 s)', count(queries.slow.total), `${count(queries.critical.total)} over 5 s`],
    [
      'Connects within 100 ms',
      percent(connections.setups.withinTarget.share),
      `${count(connections.failed)} failed`,
    ],
  ];
  return html`<section aria-labelledby="now">
    ${title('now', `The last ${count(queries.window.count)} queries`)}
    <dl class="tiles">
      ${all.map(([name, value, more]) => html`<div class="tile"><dt>${name}</dt><dd>${value} ${more === undefined ? nothing : html`<small>${more}</small>`}</dd></div>`)}
    </dl>
  </section>`;
}

const legend = (series: readonly { label: string; color: string }[]) => html`
  <ul class="legend">
    ${series.map(({ label, color }) => html`<li><i .style=${`background:var(--${color})`}></i>${label}</li>`)}
  </ul>`;

function latency({ timeline, performance: queries }: AllPerformanceData): TemplateResult {
  const { p50, p95, p99 } = queries.seconds;
  const summary = `Latency of the last hour. Now p50 ${duration(p50)}, p95 ${duration(p95)}, p99 ${duration(p99)}.`;
  return html`<section aria-labelledby="latency">
    ${title('latency', 'Latency', 'Every 10 seconds of the last hour, logarithmic')}
    <div class="chart" id="latency-chart" role="img" aria-label=${summary}></div>
    ${timeline.length === 0 ? empty('The first point comes 10 seconds after the start.') : legend(LATENCY_SERIES)}
  </section>`;
}

function distribution({ distribution: buckets }: Part<'performance'>): TemplateResult {
  const most = Math.max(1, ...buckets.map((bucket) => bucket.count));
  const shown = buckets.filter((bucket) => bucket.count > 0);
  return html`<section class="half" aria-labelledby="distribution">
    ${title('distribution', 'Distribution', 'Queries of the window by duration')}
    ${
      shown.length === 0
        ? empty('No query yet.')
        : html`<div class="scroll" role="group" tabindex="0" aria-label="Queries by duration"><table>
            <thead><tr><th scope="col">up to</th><th scope="col">queries</th><th scope="col" class="number">count</th></tr></thead>
            <tbody>
              ${shown.map(
                ({ upTo, count: queries }) => html`<tr>
                  <td class="number">${upTo === null ? 'longer' : duration(upTo)}</td>
                  <td class="wide"><span class="bar" .style=${`width:${(100 * queries) / most}%`}></span></td>
                  <td class="number">${count(queries)}</td>
                </tr>`,
              )}
            </tbody>
          </table></div>`
    }
  </section>`;
}

const WAITS = {
  pool: 'a connection of the pool',
  setup: 'the setup of a connection',
  client: 'queries ahead of it on its client',
  server: 'the server',
} as const;

const MAX_RUNNING = 20;

function running(operations: Part<'running'>): TemplateResult {
  return html`<section class="half" aria-labelledby="running">
    ${title('running', 'Running now', operations.length > MAX_RUNNING ? `The longest ${MAX_RUNNING} of ${count(operations.length)}` : undefined)}
    ${
      operations.length === 0
        ? empty('Nothing runs.')
        : html`<div class="scroll" role="group" tabindex="0" aria-label="Operations that run now"><table>
            <thead><tr><th scope="col" class="number">for</th><th scope="col">what</th><th scope="col">waits for</th><th scope="col">pool</th></tr></thead>
            <tbody>
              ${operations.slice(0, MAX_RUNNING).map(
                (one) => html`<tr>
                  <td class="number">${duration(one.elapsedSeconds)}</td>
                  <td class="text"><code>${one.summary || one.kind}</code></td>
                  <td>${WAITS[one.waitsFor]}</td>
                  <td>${one.poolName ?? '–'}</td>
                </tr>`,
              )}
            </tbody>
          </table></div>`
    }
  </section>`;
}

const MAX_STATEMENTS = 20;

function statements({ performance: queries, baseline }: AllPerformanceData): TemplateResult {
  const usual = new Map(baseline.statements.map((one) => [one.summary, one]));
  const deviating = new Map(baseline.deviations.map((one) => [one.summary, one]));
  return html`<section aria-labelledby="statements">
    ${title('statements', 'Statements', 'Of the window, the largest total time first')}
    ${
      queries.statements.length === 0
        ? empty('No query yet.')
        : html`<div class="scroll" role="group" tabindex="0" aria-label="Statements"><table>
            <thead><tr><th scope="col">statement</th><th scope="col">share of the time</th><th scope="col" class="number">count</th><th scope="col" class="number">failed</th><th scope="col" class="number">p50</th><th scope="col" class="number">p95</th><th scope="col" class="number">max</th><th scope="col" class="number">usual p95</th></tr></thead>
            <tbody>
              ${queries.statements.slice(0, MAX_STATEMENTS).map(
                (one) => html`<tr>
                  <td class="text"><code>${one.summary || '(no summary)'}</code>${deviating.has(one.summary) ? html` <span class="state warn">slower than usual since ${clock(deviating.get(one.summary)?.since ?? 0)}</span>` : nothing}</td>
                  <td>${percent(one.share)} <span class="track"><span class="bar" .style=${`width:${100 * one.share}%`}></span></span></td>
                  <td class="number">${count(one.count)}</td>
                  <td class="number">${count(one.failed)}</td>
                  <td class="number">${duration(one.seconds.p50)}</td>
                  <td class="number">${duration(one.seconds.p95)}</td>
                  <td class="number">${duration(one.seconds.max)}</td>
                  <td class="number">${usual.has(one.summary) ? duration(usual.get(one.summary)?.p95 ?? 0) : '–'}</td>
                </tr>`,
              )}
            </tbody>
          </table></div>`
    }
  </section>`;
}

function pools({ pools: { pools: all }, capacity }: AllPerformanceData): TemplateResult {
  const advice = new Map(capacity.map((one) => [one.poolName, one]));
  return html`<section aria-labelledby="pools">
    ${title('pools', 'Pools')}
    ${
      all.length === 0
        ? empty('No pool is open.')
        : html`<div class="scroll" role="group" tabindex="0" aria-label="Pools"><table>
            <thead><tr><th scope="col">pool</th><th scope="col">state</th><th scope="col" class="number">used</th><th scope="col" class="number">idle</th><th scope="col" class="number">opening</th><th scope="col" class="number">waiting</th><th scope="col" class="number">limit</th><th scope="col" class="number">p95 wait</th><th scope="col" class="number">held longest</th><th scope="col">size</th></tr></thead>
            <tbody>
              ${all.map(
                (pool) => html`<tr>
                  <td class="text">${pool.poolName}</td>
                  <td><span class="state ${utilizationClass(pool.utilization)}">${percent(pool.utilization)} used</span></td>
                  <td class="number">${count(pool.used)}</td>
                  <td class="number">${count(pool.idle)}</td>
                  <td class="number">${count(pool.connecting)}</td>
                  <td class="number">${count(pool.pending)}</td>
                  <td class="number">${count(pool.limit)}</td>
                  <td class="number">${duration(pool.waits.seconds.p95)}</td>
                  <td class="number">${pool.held[0] === undefined ? '–' : duration(pool.held[0].seconds)}</td>
                  <td>${sizeWords(pool, advice.get(pool.poolName))}</td>
                </tr>`,
              )}
            </tbody>
          </table></div>
          ${all.slice(0, 4).map(
            (pool) => html`<h3>${pool.poolName}</h3>
              <div class="chart low" data-pool=${pool.poolName} role="img" aria-label="Utilization of the pool ${pool.poolName} over the last hour. Now ${percent(pool.utilization)}."></div>
              ${legend(UTILIZATION_SERIES)}`,
          )}`
    }
  </section>`;
}

const utilizationClass = (utilization: number): string =>
  utilization > 0.95 ? 'bad' : utilization > 0.8 ? 'warn' : 'good';

function sizeWords(pool: Part<'pools'>['pools'][number], advice: Part<'capacity'>[number] | undefined) {
  const last = pool.sizes.at(-1);
  if (last !== undefined) return `${last.from} → ${last.to}: ${last.explanation}`;
  return advice === undefined ? '–' : `the plan for this load is ${advice.plannedMax}`;
}

function setups({ setups: all, failures, opened, closed }: Part<'connections'>): TemplateResult {
  const longest = Math.max(1e-6, ...all.phases.map(({ seconds }) => seconds.p95));
  const reasons = Object.entries(closed).map(([reason, number]) => `${count(number)} ${reason}`);
  return html`<section class="half" aria-labelledby="setups">
    ${title('setups', 'Connection setup', `${count(opened)} opened. Closed: ${reasons.join(', ') || 'none'}`)}
    ${
      all.phases.length === 0
        ? empty('No connection was opened since the start.')
        : html`<div class="bars">
            ${all.phases.map(({ phase, seconds }) => html`<span>${phase}</span><span class="bar" .style=${`width:${(100 * seconds.p95) / longest}%`}></span><span>p95 ${duration(seconds.p95)}</span>`)}
            <strong>together</strong><span></span><span>p95 ${duration(all.seconds.p95)}</span>
          </div>`
    }
    ${
      failures.length === 0
        ? nothing
        : html`<h3>Failed</h3><ul>${failures.map(({ errorType, count: number, lastAt }) => html`<li><code>${errorType}</code>: ${count(number)}, last at ${clock(lastAt)}</li>`)}</ul>`
    }
  </section>`;
}

const HEALTH = { up: 'good', degraded: 'warn', down: 'bad' } as const;

function health({ health: all, recoveries, retries }: Part<'connections'>): TemplateResult {
  const repeated = Object.entries(retries).map(
    ([outcome, number]) => `${count(number)} ${outcome.replace('_', ' ')}`,
  );
  return html`<section class="half" aria-labelledby="health">
    ${title('health', 'Health', 'Of pools that @pg-otel/pool manages')}
    ${
      all.length === 0
        ? empty('No pool is managed.')
        : html`<ul>${all.map(({ poolName, state, since, errorType }) => html`<li><span class="state ${HEALTH[state]}">${poolName}: ${state} since ${clock(since)}${errorType === undefined ? '' : `, ${errorType}`}</span></li>`)}</ul>`
    }
    ${recoveries.length === 0 ? nothing : html`<h3>Recoveries</h3><ul>${recoveries.slice(-5).map(({ at, poolName, seconds }) => html`<li>${clock(at)} ${poolName}, after ${duration(seconds)}</li>`)}</ul>`}
    ${repeated.length === 0 ? nothing : html`<p>Retries: ${repeated.join(', ')}</p>`}
  </section>`;
}

type AnyAlert = Part<'alertHistory'>[number] | Part<'pools'>['alerts'][number];

const severityClass = (severity: string): string =>
  severity === 'critical' ? 'bad' : severity === 'warning' ? 'warn' : 'good';

function alertRows(all: readonly AnyAlert[]): TemplateResult {
  return html`<div class="scroll" role="group" tabindex="0" aria-label="Alerts"><table>
    <thead><tr><th scope="col">alert</th><th scope="col">severity</th><th scope="col">about</th><th scope="col">what</th><th scope="col">since</th><th scope="col">until</th></tr></thead>
    <tbody>
      ${all.map((alert) => {
        const { db_query_summary: summary, pool, db_namespace: database } = alert.labels;
        const endedAt = 'endedAt' in alert ? alert.endedAt : undefined;
        return html`<tr>
          <td>${alert.name}</td>
          <td><span class="state ${severityClass(alert.severity)}">${alert.severity}${alert.state === 'pending' ? ', pending' : ''}</span></td>
          <td class="text">${summary ?? pool ?? database ?? '–'}</td>
          <td class="text">${alert.annotations['summary'] ?? ''} ${alert.annotations['value'] ?? ''}</td>
          <td>${clock(alert.startsAt)}</td>
          <td>${endedAt === undefined ? 'now' : clock(endedAt)}</td>
        </tr>`;
      })}
    </tbody>
  </table></div>`;
}

function alerts(all: Part<'pools'>['alerts']): TemplateResult {
  return html`<section aria-labelledby="alerts" aria-live="polite">
    ${title('alerts', 'Alerts')}
    ${all.length === 0 ? empty('No alert fires.') : alertRows(all)}
  </section>`;
}

function pastAlerts(all: Part<'alertHistory'>): TemplateResult {
  const ended = all.filter(({ endedAt }) => endedAt !== undefined).reverse();
  return html`<section aria-labelledby="past-alerts">
    ${title('past-alerts', 'Past alerts', 'The last 100, newest first')}
    ${ended.length === 0 ? empty('No alert has ended.') : alertRows(ended)}
  </section>`;
}
