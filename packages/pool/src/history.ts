import type { PoolHealthState } from '@pg-otel/instrumentation/channels';
import type { Resize } from './size/resize';

/** Something that happened to a managed pool. It is plain data. */
export type HistoryEntry =
  | {
      readonly kind: 'health';
      /** Milliseconds since 1970. */
      readonly at: number;
      readonly state: PoolHealthState;
      /** Absent for the first state. */
      readonly previous: PoolHealthState | undefined;
      readonly errorType: string | undefined;
    }
  | {
      readonly kind: 'recovery';
      readonly at: number;
      /** Seconds from the first lost connection or failure until the pool worked again. */
      readonly durationSeconds: number;
      /** Connections that were opened again. */
      readonly connections: number;
    }
  | ({
      readonly kind: 'resize';
      readonly at: number;
      /** Whether the size was changed; false for advice. */
      readonly isApplied: boolean;
    } & Resize);

const KEPT_ENTRIES = 100;

/** The last 100 entries, oldest first. */
export class History {
  #entries: HistoryEntry[] = [];

  add(entry: HistoryEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT_ENTRIES) this.#entries.shift();
  }

  toJSON(): readonly HistoryEntry[] {
    return [...this.#entries];
  }
}
