// Inside jest, each access to a global takes long.
const NEVER = Number.POSITIVE_INFINITY;

/** Virtual time in seconds. Events run in the order of their time. */
export class Clock {
  now = 0;
  /** A binary heap, the earliest first; `order` keeps events of the same time in the order they were added. */
  readonly #events: { at: number; order: number; run: () => void }[] = [];
  #added = 0;

  get nextAt(): number {
    return this.#events[0]?.at ?? NEVER;
  }

  after(seconds: number, run: () => void): void {
    const heap = this.#events;
    const event = { at: this.now + seconds, order: this.#added++, run };
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent] as typeof event)) break;
      heap[index] = heap[parent] as typeof event;
      index = parent;
    }
    heap[index] = event;
  }

  runNext(): void {
    const heap = this.#events;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return;
    if (heap.length > 0) {
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1] as typeof last, heap[child] as typeof last))
          child++;
        if (!isBefore(heap[child] as typeof last, last)) break;
        heap[index] = heap[child] as typeof last;
        index = child;
      }
      heap[index] = last;
    }
    this.now = first.at;
    first.run();
  }
}

function isBefore(one: { at: number; order: number }, other: { at: number; order: number }): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
