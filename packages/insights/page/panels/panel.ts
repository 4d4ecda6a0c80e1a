import { html, nothing, type TemplateResult } from 'lit-html';
import type { AllPerformanceData } from '../../src';

export type Part<Key extends keyof AllPerformanceData> = AllPerformanceData[Key];

/** What a panel shows besides its content. */
export interface Panel {
  /** Of the heading, which names the panel for screen readers. */
  readonly id: string;
  readonly title: string;
  readonly note?: string | undefined;
  /** Half as wide as the page, where it is wide enough. */
  readonly isHalf?: boolean;
  /** Screen readers announce changes. */
  readonly isLive?: boolean;
}

export function panel({ id, title, note, isHalf, isLive }: Panel, content: unknown): TemplateResult {
  return html`<section class=${isHalf ? 'half' : ''} aria-labelledby=${id} aria-live=${isLive ? 'polite' : 'off'}>
    <h2 id=${id}>${title}</h2>
    ${note === undefined ? nothing : html`<p class="note">${note}</p>`}
    ${content}
  </section>`;
}

/** A column of a table. */
export interface Column<Row> {
  readonly name: string;
  /** `number` is aligned on the right; `text` may wrap; `bar` takes the space that is left. */
  readonly kind?: 'number' | 'text' | 'bar';
  readonly show: (row: Row) => unknown;
}

/** A table that scrolls sideways where it does not fit, also by the keyboard. */
export function table<Row>(
  label: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): TemplateResult {
  return html`<div class="scroll" role="group" tabindex="0" aria-label=${label}><table>
    <thead><tr>${columns.map(({ name, kind = '' }) => html`<th scope="col" class=${kind}>${name}</th>`)}</tr></thead>
    <tbody>
      ${rows.map((row) => html`<tr>${columns.map(({ kind = '', show }) => html`<td class=${kind}>${show(row)}</td>`)}</tr>`)}
    </tbody>
  </table></div>`;
}

export const empty = (text: string): TemplateResult => html`<p class="empty">${text}</p>`;

/** A word with a sign whose shape and colour stand for its severity. */
export const mark = (severity: '' | 'good' | 'warn' | 'bad', text: unknown): TemplateResult =>
  html`<span class="state ${severity}">${text}</span>`;

export const bar = (share: number, severity = ''): TemplateResult =>
  html`<span class="bar ${severity}" .style=${`width:${100 * share}%`}></span>`;

export const legend = (series: readonly { label: string; color: string }[]): TemplateResult => html`
  <ul class="legend">
    ${series.map(({ label, color }) => html`<li><i .style=${`background:var(--${color})`}></i>${label}</li>`)}
  </ul>`;

/** Only a sampled trace is found in the trace backend. */
export const trace = (traceId: string | undefined): unknown =>
  traceId === undefined ? '–' : html`<code class="trace">${traceId}</code>`;
