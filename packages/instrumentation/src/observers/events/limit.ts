import { milliseconds } from '../../clock';
import { OTHER } from '../../semconv';
import { Budget } from './budget';
import type { EventLog } from './event-log';
import { RunningList } from './running-list';
import type { RunningOperation } from './running-operation';
import { SlowGroup } from './slow-group';

/** Summaries and pools that are told apart at one limit at a time; the summaries of further ones are not. */
const MAX_GROUPS = 100;

/** One limit of a chain: what comes to it next, and what has crossed it. */
export class Limit {
  readonly milliseconds: number;
  /** The next higher one. */
  readonly next: Limit | undefined;
  readonly #seconds: number;
  /** What comes to it next, in the order of the starts and so of the crossings; what counts differs between the two. */
  readonly #ahead = {
    onWire: new RunningList<RunningOperation>(),
    others: new RunningList<RunningOperation>(),
  };
  readonly #groups = new Map<string, SlowGroup>();
  /** Of this limit alone: lower ones are crossed more often, and must not starve it. */
  readonly #budget = new Budget();

  private constructor(seconds: number, next: Limit | undefined) {
    this.milliseconds = milliseconds(seconds);
    this.next = next;
    this.#seconds = seconds;
  }

  /** The lowest of a chain of limits; `undefined` when there are none. */
  static chain(ascending: readonly number[]): Limit | undefined {
    return ascending.reduceRight<Limit | undefined>((next, seconds) => new Limit(seconds, next), undefined);
  }

  /** This one and the higher ones, in ascending order. */
  withHigher(): Limit[] {
    return [this, ...(this.next?.withHigher() ?? [])];
  }

  expect(running: RunningOperation): void {
    this.#listOf(running).append(running);
  }

  forget(running: RunningOperation): void {
    this.#listOf(running).remove(running);
  }

  #listOf(running: RunningOperation): RunningList<RunningOperation> {
    return running.isOnWire ? this.#ahead.onWire : this.#ahead.others;
  }

  /** Those that have crossed it, at a moment of which so many milliseconds are not counted, go on to the next one. */
  look(at: number, uncounted: number): void {
    for (const list of [this.#ahead.onWire, this.#ahead.others]) {
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

  /** Tells all that has crossed it and is untold. */
  flush(log: EventLog, at: number): void {
    for (const group of this.#groups.values()) group.flush(log, at);
  }

  /** Returns the milliseconds until it has to be looked at again; `undefined` for not at all. */
  tell(log: EventLog, at: number, repeatMilliseconds: number): number | undefined {
    const { onWire, others } = this.#ahead;
    let next = (onWire.first ?? others.first) === undefined ? undefined : 0;
    for (const [key, group] of this.#groups) {
      if (group.dueIn(at, repeatMilliseconds) <= 0) {
        group.forgetAbandoned();
        if (!group.isOver) group.tell(log, at);
      }
      if (group.isOver) this.#groups.delete(key);
      else next = Math.min(next ?? Number.POSITIVE_INFINITY, group.dueIn(at, repeatMilliseconds));
    }
    return next;
  }

  #groupOf(running: RunningOperation): SlowGroup {
    const { kind, target, pool, summary } = running;
    const keyWith = (told: string) =>
      JSON.stringify([kind, target.endpoint, target.namespace, pool?.name, told]);
    const isKnown = this.#groups.has(keyWith(summary)) || this.#groups.size < MAX_GROUPS;
    const told = isKnown || summary === '' ? summary : OTHER;
    let group = this.#groups.get(keyWith(told));
    if (group === undefined) {
      group = new SlowGroup(running, told, this.#seconds, this.#budget);
      this.#groups.set(keyWith(told), group);
    }
    return group;
  }
}
