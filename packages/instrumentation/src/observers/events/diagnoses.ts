import { now } from '../../clock';
import type { Diagnosis } from '../../diagnosis/contracts';
import type { Diagnoser } from '../../platform';
import { EVENT_OPERATION_DIAGNOSED, OPERATION_ELAPSED, OPERATION_RUNNING } from '../../semconv';
import { logInternalError } from '../../warnings';
import { diagnosisAttributes } from '../diagnosis-attributes';
import { Budget } from './budget';
import { contextOf, type EventLog } from './event-log';
import type { Heartbeat } from './heartbeat';
import type { RunningOperation } from './running-operation';
import { type SlowGroup, waitAttributes } from './slow-group';

/**
 * Asks why slow queries are slow, and emits `pg_otel.operation.diagnosed`. Answers about queries that have ended are
 * dropped.
 */
export class Diagnoses {
  readonly #diagnoser: () => Diagnoser;
  readonly #log: EventLog;
  readonly #heartbeat: Heartbeat;
  readonly #running: () => Iterable<RunningOperation>;
  /** An event beyond the budget is dropped and not delayed: its query may end. The repeated event shows its attributes. */
  readonly #budget = new Budget();

  /**
   * @param diagnoser called at the first query that crosses a limit
   * @param running the operations that have been running since at least one check
   */
  constructor(
    diagnoser: () => Diagnoser,
    log: EventLog,
    heartbeat: Heartbeat,
    running: () => Iterable<RunningOperation>,
  ) {
    this.#diagnoser = diagnoser;
    this.#log = log;
    this.#heartbeat = heartbeat;
    this.#running = running;
  }

  ask(group: SlowGroup, query: RunningOperation): void {
    if (query.kind !== 'query' || query.hasEnded || !query.isSent) return;
    if (!this.#log.isReceived && !query.isSpanRecording) return;
    guarded(() =>
      this.#diagnoser().ask({
        query,
        isOldest: group.oldest === query,
        running: this.#running,
        eventLoopDelaySeconds: () => query.eventLoopDelaySeconds(this.#heartbeat.uncounted(now())),
        report: (diagnosis) => guarded(() => this.#report(group, query, diagnosis)),
      }),
    );
  }

  #report(group: SlowGroup, query: RunningOperation, diagnosis: Diagnosis): void {
    if (query.hasEnded) return;
    const at = now();
    query.diagnosis = diagnosis;
    query.diagnosedAt = at;
    if (group.oldest !== query || !this.#budget.take(at)) return;
    this.#log.emit({
      eventName: EVENT_OPERATION_DIAGNOSED,
      severity: 'INFO',
      attributes: group.attributes,
      details: {
        [OPERATION_ELAPSED]: query.elapsedSeconds(at),
        [OPERATION_RUNNING]: group.size,
        ...waitAttributes(query),
        ...diagnosisAttributes(diagnosis),
      },
      context: contextOf(query.spanContext),
    });
  }
}

function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    logInternalError('the diagnosis of slow operations', error);
  }
}
