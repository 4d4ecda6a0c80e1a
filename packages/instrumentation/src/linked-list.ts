interface Linked<Item> {
  previous: Item | undefined;
  next: Item | undefined;
}

/**
 * Items in the order in which they were added. The items contain the links, so adding and removing one takes constant time
 * and allocates nothing. An item is in at most one list.
 */
export class LinkedList<Item extends Linked<Item>> {
  #first: Item | undefined;
  #last: Item | undefined;

  get first(): Item | undefined {
    return this.#first;
  }

  *[Symbol.iterator](): Generator<Item, void, undefined> {
    for (let item = this.#first; item !== undefined; item = item.next) yield item;
  }

  append(item: Item): void {
    const last = this.#last;
    item.previous = last;
    if (last === undefined) this.#first = item;
    else last.next = item;
    this.#last = item;
  }

  /** Removes an item, which has to be in this list. */
  remove(item: Item): void {
    const { previous, next } = item;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    item.previous = undefined;
    item.next = undefined;
  }
}
