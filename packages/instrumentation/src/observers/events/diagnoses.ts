import { now } from '../../clock';
import type { Diagnosis } from '../../diagnosis/contracts';
import type { Diagnoser, DiagnoserEnvironment } from '../../platform';
import { EVENT_OPERATION_DIAGNOSED, OPERATION_ELAPSED } from '../../semconv';
import { logInternalError } from '../../warnings';
import { diagnosisAttributes } from '../diagnosis-attributes';
import { Budget } from './budget';
import { contextOf, type EventLog } from './event-log';
import type { RunningOperation } from './running-operation';
import type { SlowGroup } from './slow-group';

export type CreateDiagnoser = (environment: Omit<DiagnoserEnvironment, 'timers'>) => Diagnoser;

/**
 * Asks why slow queries are slow, and emits `pg_otel.operation.diagnosed`. Answers about queries that have ended are
 * dropped.
 */
export class Diagnoses {
  readonly #create: () => Diagnoser;
  readonly #log: EventLog;
  /** An event beyond the budget is dropped and not delayed: its query may end. The repeated event shows its attributes. */
  readonly #budget = new Budget();
  #diagnoser: Diagnoser | undefined;

  /** @param create called at the first query that crosses a limit */
  constructor(create: () => Diagnoser, log: EventLog) {
    this.#create = create;
    this.#log = log;
  }

  ask(group: SlowGroup, running: RunningOperation): void {
    if (running.kind !== 'query' && running.kind !== 'batch') return;
    if (running.hasEnded || !running.isSent) return;
    if (!this.#log.isEnabled && !running.isSpanRecording) return;
    try {
      this.#diagnoser ??= this.#create();
      this.#diagnoser.ask(running, group.oldest === running, (diagnosis) =>
        this.#report(group, running, diagnosis),
      );
    } catch (error) {
      logInternalError('the diagnosis of slow operations', error);
    }
  }

  #report(group: SlowGroup, running: RunningOperation, diagnosis: Diagnosis): void {
    if (running.hasEnded) return;
    const at = now();
    running.diagnosis = diagnosis;
    running.diagnosedAt = at;
    if (group.oldest !== running || !this.#budget.take(at)) return;
    this.#log.emit({
      eventName: EVENT_OPERATION_DIAGNOSED,
      severity: 'INFO',
      attributes: group.attributes,
      details: { [OPERATION_ELAPSED]: running.elapsedSeconds(at), ...diagnosisAttributes(diagnosis) },
      context: contextOf(running.spanContext),
    });
  }
}
