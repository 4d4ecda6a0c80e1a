import type { RunningOperation } from './running-operation';

/** Operations in the order of their starts. An operation is in one list at most; both ends and the middle cost the same. */
export class RunningList {
  #first: RunningOperation | undefined;
  #last: RunningOperation | undefined;

  get first(): RunningOperation | undefined {
    return this.#first;
  }

  append(running: RunningOperation): void {
    const last = this.#last;
    running.previous = last;
    if (last === undefined) this.#first = running;
    else last.next = running;
    this.#last = running;
  }

  remove(running: RunningOperation): void {
    const { previous, next } = running;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    running.previous = undefined;
    running.next = undefined;
  }
}
