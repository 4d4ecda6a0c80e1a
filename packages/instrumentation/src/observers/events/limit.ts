import { milliseconds } from '../../clock';
import { LinkedList } from '../../linked-list';
import { OTHER } from '../../semconv';
import { Budget } from './budget';
import type { Diagnoses } from './diagnoses';
import type { EventLog } from './event-log';
import { sooner } from './heartbeat';
import type { RunningOperation } from './running-operation';
import { SlowGroup } from './slow-group';

/** The most groups of one limit. Further operations share groups with the summary `_OTHER`. */
const MAX_GROUPS = 100;

/** One limit for running operations, with the operations that approach it and those that have crossed it. */
export class Limit {
  readonly milliseconds: number;
  /** The next higher limit. */
  readonly next: Limit | undefined;
  readonly #seconds: number;
  /**
   * The operations whose next limit this is, in two lists, because excluded time is computed differently for operations
   * on the wire. Operations of a list cross the limit in the order of their starts.
   */
  readonly #approaching = {
    onWire: new LinkedList<RunningOperation>(),
    others: new LinkedList<RunningOperation>(),
  };
  readonly #groups = new Map<string, SlowGroup>();
  /** Not shared with lower limits, which are crossed more often. */
  readonly #budget = new Budget();

  private constructor(seconds: number, next: Limit | undefined) {
    this.milliseconds = milliseconds(seconds);
    this.next = next;
    this.#seconds = seconds;
  }

  /** Links ascending limits, in seconds. Returns the lowest, `undefined` when there are no limits. */
  static chain(ascending: readonly number[]): Limit | undefined {
    return ascending.reduceRight<Limit | undefined>((next, seconds) => new Limit(seconds, next), undefined);
  }

  /** This limit and the higher ones, in ascending order. */
  withHigher(): Limit[] {
    return [this, ...(this.next?.withHigher() ?? [])];
  }

  /** The operations whose next limit this is, and those that have crossed it and still run. */
  *running(): Generator<RunningOperation, void, undefined> {
    yield* this.#approaching.onWire;
    yield* this.#approaching.others;
    for (const group of this.#groups.values()) yield* group.running;
  }

  /** Adds an operation whose next limit this is. */
  expect(running: RunningOperation): void {
    this.#listOf(running).append(running);
  }

  forget(running: RunningOperation): void {
    this.#listOf(running).remove(running);
  }

  #listOf(running: RunningOperation): LinkedList<RunningOperation> {
    return running.isOnWire ? this.#approaching.onWire : this.#approaching.others;
  }

  /**
   * Moves operations that have crossed this limit on to the next one.
   *
   * @param uncounted excluded milliseconds up to this moment
   */
  check(at: number, uncounted: number): void {
    for (const list of [this.#approaching.onWire, this.#approaching.others]) {
      for (;;) {
        const { first } = list;
        if (first === undefined || first.countedMilliseconds(at, uncounted, 0) < this.milliseconds) break;
        list.remove(first);
        this.cross(first);
        this.next?.expect(first);
      }
    }
  }

  cross(running: RunningOperation): void {
    const group = this.#groupOf(running);
    group.crossed(running);
    running.groups ??= [];
    running.groups.push(group);
    running.limit = this.next;
  }

  /** Emits events for all operations that have crossed the limit and are not yet part of an event. */
  flush(log: EventLog, at: number): void {
    for (const group of this.#groups.values()) group.flush(log, at);
  }

  /** Emits the events that are due. Returns the milliseconds until the next check, `undefined` for none. */
  emit(log: EventLog, at: number, repeatMilliseconds: number): number | undefined {
    const { onWire, others } = this.#approaching;
    let next = (onWire.first ?? others.first) === undefined ? undefined : 0;
    for (const [key, group] of this.#groups) {
      if (group.dueIn(at, repeatMilliseconds) <= 0) {
        group.forgetAbandoned();
        if (!group.isFinished) group.emit(log, at);
      }
      if (group.isFinished) this.#groups.delete(key);
      else next = Math.min(next ?? Number.POSITIVE_INFINITY, group.dueIn(at, repeatMilliseconds));
    }
    return next;
  }

  /** Asks about operations over the limit. Returns the milliseconds until the next question, `undefined` for none. */
  ask(diagnoses: Diagnoses, at: number, repeatMilliseconds: number): number | undefined {
    let next: number | undefined;
    for (const group of this.#groups.values()) {
      for (const running of group.takeQuestions(at, repeatMilliseconds)) diagnoses.ask(group, running);
      next = sooner(next, group.askDueIn(at, repeatMilliseconds));
    }
    return next;
  }

  #groupOf(running: RunningOperation): SlowGroup {
    const { kind, target, pool, summary } = running;
    const keyWith = (itsSummary: string) =>
      JSON.stringify([kind, target.endpoint, target.namespace, pool?.name, itsSummary]);
    const isKnown = this.#groups.has(keyWith(summary)) || this.#groups.size < MAX_GROUPS;
    const groupSummary = isKnown || summary === '' ? summary : OTHER;
    let group = this.#groups.get(keyWith(groupSummary));
    if (group === undefined) {
      group = new SlowGroup(running, groupSummary, this.#seconds, this.#budget);
      this.#groups.set(keyWith(groupSummary), group);
    }
    return group;
  }
}
