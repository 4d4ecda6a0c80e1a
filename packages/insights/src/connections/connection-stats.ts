import type {
  CloseReason,
  ConnectionCloseMessage,
  OperationEndMessage,
  PoolHealthMessage,
  PoolHealthState,
  PoolRecoveryMessage,
  RetryMessage,
  RetryOutcome,
  SetupPhase,
} from '@pg-otel/instrumentation/channels';
import { type Quantiles, quantilesOf, shareWithin, sortedOf } from '../quantiles';
import type { TargetShare } from '../queries/performance-metrics';
import { Ring } from '../ring';

/** The setups that the figures are about, and the entries of each list. */
const KEPT_SETUPS = 1000;
const KEPT_ENTRIES = 100;
/** The most kinds of failure that are counted apart. */
const MAX_ERROR_TYPES = 100;
const OTHER = '_OTHER';

/** Something that happened to a connection. Moments are in milliseconds since 1970. */
export type ConnectionEntry =
  | {
      readonly kind: 'opened' | 'failed';
      readonly at: number;
      readonly poolName: string | undefined;
      readonly seconds: number;
      /** `error.type`; absent when it was opened. */
      readonly errorType: string | undefined;
      /** The trace of the request for which it was opened. */
      readonly traceId: string | undefined;
    }
  | { readonly kind: 'closed'; readonly at: number; readonly poolName: string; readonly reason: CloseReason };

/** How often something failed with an `error.type`. */
export interface FailureCount {
  readonly errorType: string;
  readonly count: number;
  /** Milliseconds since 1970. */
  readonly lastAt: number;
}

/** The health of a managed pool, and how it changed. Moments are in milliseconds since 1970. */
export interface PoolHealth {
  readonly poolName: string;
  readonly state: PoolHealthState;
  readonly since: number;
  readonly consecutiveFailures: number;
  readonly errorType: string | undefined;
  /** The last 100 changes, oldest first. */
  readonly changes: readonly { readonly at: number; readonly state: PoolHealthState }[];
}

/** The end of an outage of a managed pool. */
export interface Recovery {
  readonly at: number;
  readonly poolName: string;
  readonly seconds: number;
  readonly connections: number;
}

/** What happened to connections. Durations are in seconds, moments in milliseconds since 1970. */
export interface ConnectionStats {
  readonly collectedAt: number;
  /** The last 1000 setups of connections. */
  readonly setups: {
    readonly count: number;
    readonly seconds: Quantiles;
    readonly withinTarget: TargetShare;
    /** In the order in which they happen. */
    readonly phases: readonly {
      readonly phase: SetupPhase;
      readonly count: number;
      readonly seconds: Quantiles;
    }[];
  };
  /** Since the start. */
  readonly opened: number;
  readonly failed: number;
  /** Since the start, the most frequent first. */
  readonly failures: readonly FailureCount[];
  /** Since the start, by reason. */
  readonly closed: Readonly<Partial<Record<CloseReason, number>>>;
  /** The last 100 entries, oldest first. */
  readonly history: readonly ConnectionEntry[];
  /** The last 100 recoveries of managed pools, oldest first. */
  readonly recoveries: readonly Recovery[];
  /** Attempts that were repeated, since the start, by outcome. */
  readonly retries: Readonly<Partial<Record<RetryOutcome, number>>>;
  /** Of managed pools. */
  readonly health: readonly PoolHealth[];
}

interface Setup {
  readonly seconds: number;
  readonly phases: NonNullable<OperationEndMessage['phases']>;
}

/** Collects what happens to connections. */
export class Connections {
  readonly #targetSeconds: number;
  readonly #setups = new Ring<Setup>(KEPT_SETUPS);
  readonly #history = new Ring<ConnectionEntry>(KEPT_ENTRIES);
  readonly #recoveries = new Ring<Recovery>(KEPT_ENTRIES);
  readonly #failures = new Map<string, { count: number; lastAt: number }>();
  readonly #closed: Partial<Record<CloseReason, number>> = {};
  readonly #retries: Partial<Record<RetryOutcome, number>> = {};
  readonly #health = new Map<
    string,
    { message: PoolHealthMessage; changes: Ring<PoolHealth['changes'][number]> }
  >();
  #opened = 0;
  #failed = 0;

  constructor(targetSeconds: number) {
    this.#targetSeconds = targetSeconds;
  }

  setUp(
    { durationSeconds, phases = [], poolName, errorType, traceId }: OperationEndMessage,
    at: number,
  ): void {
    const kind = errorType === undefined ? 'opened' : 'failed';
    this.#history.add({ kind, at, poolName, seconds: durationSeconds, errorType, traceId });
    if (errorType === undefined) {
      this.#opened += 1;
      this.#setups.add({ seconds: durationSeconds, phases });
    } else {
      this.#failed += 1;
      const isKnown = this.#failures.has(errorType) || this.#failures.size < MAX_ERROR_TYPES;
      const counted = isKnown ? errorType : OTHER;
      this.#failures.set(counted, { count: (this.#failures.get(counted)?.count ?? 0) + 1, lastAt: at });
    }
  }

  closed({ poolName, reason }: ConnectionCloseMessage, at: number): void {
    this.#closed[reason] = (this.#closed[reason] ?? 0) + 1;
    this.#history.add({ kind: 'closed', at, poolName, reason });
  }

  recovered({ poolName, durationSeconds, connections }: PoolRecoveryMessage, at: number): void {
    this.#recoveries.add({ at, poolName, seconds: durationSeconds, connections });
  }

  retried({ outcome }: RetryMessage): void {
    this.#retries[outcome] = (this.#retries[outcome] ?? 0) + 1;
  }

  healthChanged(message: PoolHealthMessage): void {
    const { poolName, state, since } = message;
    if (state === undefined) {
      this.#health.delete(poolName);
      return;
    }
    const changes = this.#health.get(poolName)?.changes ?? new Ring(KEPT_ENTRIES);
    changes.add({ at: since, state });
    this.#health.set(poolName, { message, changes });
  }

  stats(now: number): ConnectionStats {
    const setups = this.#setups.toArray();
    const sorted = sortedOf(setups.map(({ seconds }) => seconds));
    return {
      collectedAt: now,
      setups: {
        count: setups.length,
        seconds: quantilesOf(sorted),
        withinTarget: { seconds: this.#targetSeconds, share: shareWithin(sorted, this.#targetSeconds) },
        phases: phasesOf(setups),
      },
      opened: this.#opened,
      failed: this.#failed,
      failures: [...this.#failures]
        .map(([errorType, counted]) => ({ errorType, ...counted }))
        .sort((one, other) => other.count - one.count),
      closed: { ...this.#closed },
      history: this.#history.toArray(),
      recoveries: this.#recoveries.toArray(),
      retries: { ...this.#retries },
      health: [...this.#health.values()].map(({ message, changes }) => healthOf(message, changes.toArray())),
    };
  }
}

function healthOf(message: PoolHealthMessage, changes: PoolHealth['changes']): PoolHealth {
  const { poolName, since, consecutiveFailures, errorType } = message;
  return {
    poolName,
    state: message.state as PoolHealthState,
    since,
    consecutiveFailures,
    errorType,
    changes,
  };
}

/** The phases are in order in each setup; a transport may lack some of them. */
function phasesOf(setups: readonly Setup[]): ConnectionStats['setups']['phases'] {
  const durations = new Map<SetupPhase, number[]>();
  for (const { phase, seconds } of setups.flatMap(({ phases }) => phases)) {
    const known = durations.get(phase);
    if (known === undefined) durations.set(phase, [seconds]);
    else known.push(seconds);
  }
  return [...durations].map(([phase, seconds]) => ({
    phase,
    count: seconds.length,
    seconds: quantilesOf(sortedOf(seconds)),
  }));
}
