import type { CollectedMetric } from '@pg-otel/alerts';
import type { OperationEndMessage } from '@pg-otel/instrumentation/channels';
import { attributesOf, type Origin, originKey } from './origin';

/** The most databases that are counted. A program may have one for each of its customers. */
const MAX_SERIES = 100;

interface Durations {
  readonly attributes: Record<string, unknown>;
  readonly counts: number[];
  count: number;
}

/**
 * A histogram of durations by database, without the summary: rules on shares are about all operations of a database.
 */
export class DurationSeries {
  readonly #name: string;
  readonly #edges: readonly number[];
  readonly #series = new Map<string, Durations>();
  /** Most programs have one database. */
  #lastOrigin: Origin | undefined;
  #last: Durations | undefined;

  /**
   * @param name of the metric
   * @param edges in seconds, ascending
   */
  constructor(name: string, edges: readonly number[]) {
    this.#name = name;
    this.#edges = edges;
  }

  add(message: OperationEndMessage): void {
    const durations = this.#of(message);
    if (durations === undefined) return;
    let index = 0;
    while (index < this.#edges.length && message.countedSeconds > (this.#edges[index] as number)) index += 1;
    durations.counts[index] = (durations.counts[index] as number) + 1;
    durations.count += 1;
  }

  collect(startTime: [number, number]): CollectedMetric {
    return {
      descriptor: { name: this.#name },
      dataPoints: [...this.#series.values()].map(({ attributes, counts, count }) => ({
        attributes,
        startTime,
        value: { count, buckets: { boundaries: this.#edges, counts: [...counts] } },
      })),
    };
  }

  #of(message: OperationEndMessage): Durations | undefined {
    const last = this.#lastOrigin;
    if (last !== undefined && isSameOrigin(last, message)) return this.#last;
    const { serverAddress, serverPort, namespace } = message;
    this.#last = this.#find(message);
    this.#lastOrigin = { serverAddress, serverPort, namespace };
    return this.#last;
  }

  #find(origin: Origin): Durations | undefined {
    const key = originKey(origin, undefined);
    const known = this.#series.get(key);
    if (known !== undefined || this.#series.size >= MAX_SERIES) return known;
    const counts = new Array<number>(this.#edges.length + 1).fill(0);
    const durations: Durations = { attributes: attributesOf(origin, undefined), counts, count: 0 };
    this.#series.set(key, durations);
    return durations;
  }
}

const isSameOrigin = (one: Origin, other: Origin): boolean =>
  one.serverAddress === other.serverAddress &&
  one.serverPort === other.serverPort &&
  one.namespace === other.namespace;
