import type { RunningFigures } from '../../channels';
import { milliseconds, now } from '../../clock';
import type { Configuration } from '../../configuration';
import type { Operation } from '../../operation';
import type { Platform } from '../../platform';
import type { PoolState } from '../../pool-state';
import { CountedEvents } from './counted-events';
import { EventLog, type EventRecord, type Loggers } from './event-log';
import { exceptionEvent } from './exception';
import { Heartbeat, sooner } from './heartbeat';
import { HeldConnections } from './held-connections';
import { RecentOutcomes } from './recent-outcomes';
import { SlowOperations } from './slow-operations';

/** What changes in a managed pool, each with a budget of events. */
export type ManagedPoolChange = 'health' | 'size';

/**
 * Emits log events for failed operations, slow operations, connections that are held too long, and changes of managed
 * pools. In Node, slow operations and held connections are reported while they last.
 */
export class Events {
  readonly #log: EventLog;
  readonly #heartbeat: Heartbeat;
  readonly #exceptions: CountedEvents;
  readonly #ofManagedPools: Readonly<Record<ManagedPoolChange, CountedEvents>>;
  readonly #outcomes = new RecentOutcomes();
  readonly #includesMessages: boolean;
  readonly #diagnoses: boolean;
  readonly #slow: SlowOperations;
  readonly #held: HeldConnections;

  /** @param pools the pools whose checked-out connections are checked */
  constructor(
    configuration: Configuration,
    providers: Loggers,
    platform: Platform,
    pools: () => Iterable<PoolState>,
  ) {
    const { timers, channels, diagnoser } = platform;
    const log = new EventLog(providers, channels);
    const isDiagnosing = configuration.diagnose && timers !== undefined && diagnoser !== undefined;
    this.#diagnoses = isDiagnosing;
    const repeatMilliseconds = milliseconds(configuration.repeatInterval);
    this.#log = log;
    this.#heartbeat = new Heartbeat((at, isLate) => this.#beat(at, isLate), timers);
    this.#exceptions = new CountedEvents(log);
    this.#ofManagedPools = { health: new CountedEvents(log), size: new CountedEvents(log) };
    this.#includesMessages = configuration.exceptionMessages;
    this.#slow = new SlowOperations(
      configuration,
      repeatMilliseconds,
      log,
      this.#heartbeat,
      isDiagnosing ? diagnoser : undefined,
    );
    this.#held = new HeldConnections(configuration, repeatMilliseconds, log, pools);
  }

  /** Called after the span of the operation has been started. */
  started(operation: Operation): void {
    if (this.#log.isReceived || this.#carriesDiagnosis(operation)) this.#slow.started(operation);
  }

  /** Without a logger, a recording span shows why its query was slow. */
  #carriesDiagnosis({ kind, observation }: Operation): boolean {
    return this.#diagnoses && kind === 'query' && observation?.span?.isRecording() === true;
  }

  ended(operation: Operation): void {
    this.#slow.ended(operation);
    const { failure } = operation;
    const at = operation.endedAt ?? now();
    if (failure === undefined) this.#outcomes.succeeded(operation, at);
    else {
      const event = exceptionEvent(operation, failure, this.#includesMessages);
      const state = this.#outcomes.failed(operation, at);
      this.#exceptions.add({ ...event, state }, operation.durationSeconds, at);
    }
    // A connection that the pool has just handed out may be held too long.
    const isDelivered = operation.kind === 'acquire' && failure === undefined && this.#log.isReceived;
    if (isDelivered || this.#exceptions.areWaiting) this.#heartbeat.quicken(at);
  }

  managedPoolChanged(change: ManagedPoolChange, event: EventRecord): void {
    const at = now();
    const events = this.#ofManagedPools[change];
    events.add(event, 0, at);
    if (events.areWaiting) this.#heartbeat.quicken(at);
  }

  samplesStack(at: number): boolean {
    return this.#log.isReceived && this.#held.samplesStack(at);
  }

  /** Called when this instance takes over pools, whose connections may be held too long already. */
  poolsTaken(): void {
    if (this.#log.isReceived) this.#heartbeat.quicken(now());
  }

  /** The operations that run now, longest first. Those without limits are not known. */
  running(at: number): RunningFigures[] {
    return this.#slow.running(at);
  }

  /** Emits all events that wait for the budget: the process may be about to end. */
  flush(): void {
    this.#exceptions.flush();
    this.#ofManagedPools.health.flush();
    this.#ofManagedPools.size.flush();
    this.#slow.flush(now());
  }

  #beat(at: number, isLate: boolean): number | undefined {
    return [
      this.#exceptions.beat(at),
      this.#ofManagedPools.health.beat(at),
      this.#ofManagedPools.size.beat(at),
      this.#held.beat(at, isLate),
      this.#slow.beat(at),
    ].reduce(sooner);
  }
}
