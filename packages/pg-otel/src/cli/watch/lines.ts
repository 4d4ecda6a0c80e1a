import type { AllPerformanceData } from '@pg-otel/insights';
import { counted } from '../numbers';
import { clock, duration, percent, perSecond } from './format';
import { subjectOf } from './panels/alerts';

const STATUS_MILLIS = 10_000;

/** The output without a terminal: a status every 10 seconds, and a line for each thing that happens. */
export class Lines {
  readonly #write: (line: string) => void;
  readonly #known = new Set<string>();
  #lastStatus = Number.NEGATIVE_INFINITY;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  add(data: AllPerformanceData): void {
    const events = [...this.#events(data)];
    for (const text of events) this.#write(`${clock(data.collectedAt)} ${text}`);
    if (data.collectedAt - this.#lastStatus < STATUS_MILLIS) return;
    this.#lastStatus = data.collectedAt;
    this.status(data);
  }

  status(data: AllPerformanceData): void {
    this.#write(`${clock(data.collectedAt)} ${statusOf(data)}`);
  }

  *#events(data: AllPerformanceData): Generator<string> {
    for (const { name, severity, state, labels, annotations, startsAt } of data.pools.alerts) {
      if (state !== 'firing' || !this.#isNew(`${name} ${startsAt} ${JSON.stringify(labels)}`)) continue;
      yield [severity, name, subjectOf(labels), annotations['summary']].filter(Boolean).join(' ');
    }
    for (const { summary, kind, diagnosis, spanId } of data.running) {
      if (diagnosis?.reason === undefined || !this.#isNew(`${spanId} ${diagnosis.reason}`)) continue;
      yield `${summary || kind} is slow: ${diagnosis.reason}`;
    }
    for (const { summary, seconds, at, traceId } of data.performance.slow.last) {
      if (!this.#isNew(`${at} ${summary} ${seconds}`)) continue;
      yield `${summary || 'a query'} took ${duration(seconds)}${traceId === undefined ? '' : `, trace ${traceId}`}`;
    }
    for (const { poolName, state, since } of data.connections.health) {
      if (this.#isNew(`${poolName} ${since}`)) yield `pool ${poolName} is ${state}`;
    }
    for (const { kind, sentence, summary, poolName } of data.findings) {
      if (this.#isNew(`${kind} ${summary} ${poolName}`)) yield `finding: ${sentence}`;
    }
    for (const { summary, since, sentence } of data.baseline.deviations) {
      if (this.#isNew(`${summary} ${since}`)) yield `slower than usual: ${sentence}`;
    }
  }

  /** Bounded: what is forgotten would be written once more. */
  #isNew(key: string): boolean {
    if (this.#known.has(key)) return false;
    if (this.#known.size >= 10_000) this.#known.clear();
    this.#known.add(key);
    return true;
  }
}

function statusOf({ performance, pools, running }: AllPerformanceData): string {
  const { total, perSecond: rate, failed, seconds, withinTarget } = performance;
  return [
    `${counted(total, 'query', 'queries')}, ${perSecond(rate)}`,
    `p50 ${duration(seconds.p50)}`,
    `p95 ${duration(seconds.p95)}`,
    `p99 ${duration(seconds.p99)}`,
    `${percent(withinTarget.share)} within ${duration(withinTarget.seconds)}`,
    `${failed} failed`,
    `${running.length} running`,
    ...pools.pools
      .slice(0, 5)
      .map(
        ({ poolName, used, limit, pending }) => `pool ${poolName} ${used}/${limit} used, ${pending} waiting`,
      ),
  ].join('; ');
}
