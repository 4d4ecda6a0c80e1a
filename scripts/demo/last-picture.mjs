import { panels } from '../../packages/pg-otel/dist/cli/watch/picture.js';
import { PoolHistory } from '../../packages/pg-otel/dist/cli/watch/pool-history.js';
import { printableData } from '../../packages/pg-otel/dist/cli/watch/printable-data.js';

/** The panels of `pg-otel watch` without a screen: the last time that the reason of a slow query was known while it ran. */
export class LastPicture {
  #history = new PoolHistory();
  #data;
  #hasReason = false;

  /** @param line an update of `pg-otel watch --json` */
  add(line) {
    const data = printableData(JSON.parse(line));
    const hasReason = data.running.some(({ diagnosis }) => diagnosis?.outcome === 'found');
    if (this.#hasReason && !hasReason) return;
    this.#hasReason = hasReason;
    this.#data = data;
    this.#history.add(data);
  }

  lines(width, paint) {
    if (this.#data === undefined) return [];
    return panels({ data: this.#data, history: this.#history, sortedBy: 'total time' }, width, paint);
  }
}
