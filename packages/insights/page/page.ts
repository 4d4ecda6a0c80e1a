import { html, nothing, type TemplateResult } from 'lit-html';
import type { AllPerformanceData } from '../src';
import { clock, duration } from './format';
import { alerts, pastAlerts } from './panels/alerts';
import { health, setups } from './panels/connections';
import { findings } from './panels/findings';
import { mark } from './panels/panel';
import { pools } from './panels/pools';
import { distribution, latency, tiles } from './panels/queries';
import { running, slowQueries } from './panels/slow-queries';
import { statements } from './panels/statements';

/** What the page shows besides the data. */
export interface PageState {
  readonly data: AllPerformanceData | undefined;
  readonly isPaused: boolean;
  readonly connection: 'connecting' | 'live' | 'lost';
  readonly wasCopied: boolean;
  togglePause(): void;
  copy(): void;
}

export function page(state: PageState): TemplateResult {
  const { data } = state;
  return html`
    <a class="skip" href="#content">Skip to the content</a>
    <header>
      <h1>Postgres insights</h1>
      ${data === undefined ? nothing : status(data)}
      <span class="when">${connectionWords(state)}</span>
      <button type="button" aria-pressed=${state.isPaused} @click=${state.togglePause}>Pause</button>
      ${window.isSecureContext ? copyButton(state) : nothing}
    </header>
    <main id="content" tabindex="-1">${data === undefined ? nothing : content(data)}</main>
    <footer>${data === undefined ? nothing : versions(data)}</footer>`;
}

const versions = (data: AllPerformanceData): string =>
  Object.entries(data.versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(' · ');

/** Browsers have a clipboard for pages over HTTPS and on loopback only. */
function copyButton({ data, wasCopied, copy }: PageState): TemplateResult {
  return html`<button type="button" @click=${copy} ?disabled=${data === undefined}>
    ${wasCopied ? 'Copied' : 'Copy as JSON'}
  </button>`;
}

function content(data: AllPerformanceData): TemplateResult {
  return html`
    ${alerts(data.pools.alerts)} ${findings(data)} ${tiles(data)} ${latency(data)} ${distribution(data.performance)}
    ${running(data.running)} ${slowQueries(data.performance)} ${statements(data)} ${pools(data)}
    ${setups(data.connections)} ${health(data.connections)} ${pastAlerts(data.alertHistory)}`;
}

function connectionWords({ data, isPaused, connection }: PageState): string {
  if (data === undefined) return connection === 'lost' ? 'No answer from the process' : 'Loading';
  const at = `at ${clock(data.collectedAt)}`;
  if (isPaused) return `Paused ${at}`;
  return connection === 'lost'
    ? `Connection lost, last data ${at}`
    : `Live, ${at}, running for ${duration(data.uptimeSeconds)}`;
}

/** The worst of what fires, and how many alerts fire. */
function status({ pools, connections }: AllPerformanceData): TemplateResult {
  const firing = pools.alerts.filter(({ state }) => state === 'firing');
  const isBad =
    firing.some(({ severity }) => severity === 'critical') ||
    connections.health.some(({ state }) => state === 'down');
  const words = ['No alert', '1 alert'][firing.length] ?? `${firing.length} alerts`;
  return mark(isBad ? 'bad' : firing.length > 0 ? 'warn' : 'good', words);
}
