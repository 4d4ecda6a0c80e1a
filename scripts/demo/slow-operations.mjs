/** Those that are shown and summed up; a demo that runs for hours forgets the others. */
const KEPT = 20;

/** The operations that crossed a limit, as the events tell them. Moments are milliseconds since 1970. */
export class SlowOperations {
  /** Span id → name, kind, startedAt, warnings, and once it has ended endedAt and millis; oldest first. */
  #operations = new Map();

  addEvent({ eventName, attributes, spanId, time, receivedAt }) {
    const kind = attributes['pg_otel.operation.kind'];
    const name =
      attributes['db.query.summary'] ??
      `${kind} ${attributes['db.client.connection.pool.name'] ?? ''}`.trim();
    // Where no span was started, operations of one name are told as one.
    const id = spanId ?? name;
    const toldAt = Number(time) / 1e6;
    const millis = 1_000 * attributes['pg_otel.operation.elapsed'];
    if (eventName === 'pg_otel.operation.slow') {
      const limitSeconds = attributes['pg_otel.operation.limit'];
      const crossedAt = toldAt - (millis - 1_000 * limitSeconds);
      const warning = { limitSeconds, receivedAt, afterMillis: receivedAt - crossedAt };
      this.#warn(id, { name, kind, startedAt: toldAt - millis }, warning);
    } else if (eventName === 'pg_otel.operation.ended') {
      this.ended(id, toldAt, millis);
    }
  }

  /** By its event or its span, whichever comes first. */
  ended(id, endedAt, millis) {
    const operation = this.#operations.get(id);
    if (operation !== undefined && isRunning(operation)) Object.assign(operation, { endedAt, millis });
  }

  /** Those that run first, then the latest. */
  get all() {
    const latest = [...this.#operations.values()].reverse();
    return [...latest.filter(isRunning), ...latest.filter((operation) => !isRunning(operation))];
  }

  #warn(id, { name, kind, startedAt }, warning) {
    const operation = this.#operations.get(id) ?? { name, kind, startedAt, warnings: [] };
    this.#operations.set(id, operation);
    // It is told again from time to time; the first time is what counts.
    const isAgain = operation.warnings.some(({ limitSeconds }) => limitSeconds === warning.limitSeconds);
    if (!isAgain) operation.warnings.push(warning);
    if (this.#operations.size > KEPT) this.#operations.delete(this.#operations.keys().next().value);
  }
}

export function isRunning({ endedAt }) {
  return endedAt === undefined;
}

/** How long before the end of the operation the warning was here; below 0 after it, undefined while it runs. */
export function millisBeforeEnd({ endedAt }, { receivedAt }) {
  return endedAt === undefined ? undefined : endedAt - receivedAt;
}
