/** How many operations are kept. */
const KEPT = 20;

/** Operations that crossed a threshold, from their events. Times are milliseconds since 1970. */
export class SlowOperations {
  /** Span id → name, kind, startedAt, warnings, and once it has ended endedAt and millis, once the server
   * has answered diagnosis; oldest first. */
  #operations = new Map();

  addEvent({ eventName, attributes, spanId, time, receivedAt }) {
    const kind = attributes['pg_otel.operation.kind'];
    const name =
      attributes['db.query.summary'] ??
      `${kind} ${attributes['db.client.connection.pool.name'] ?? ''}`.trim();
    // Without a span, operations of one name share an entry.
    const id = spanId ?? name;
    const emittedAt = Number(time) / 1e6;
    const millis = 1_000 * attributes['pg_otel.operation.elapsed'];
    if (eventName === 'pg_otel.operation.slow') {
      const limitSeconds = attributes['pg_otel.operation.limit'];
      const crossedAt = emittedAt - (millis - 1_000 * limitSeconds);
      const warning = { limitSeconds, receivedAt, afterMillis: receivedAt - crossedAt };
      this.#warn(id, { name, kind, startedAt: emittedAt - millis }, warning);
    } else if (eventName === 'pg_otel.operation.diagnosed') {
      this.#diagnosed(id, attributes);
    } else if (eventName === 'pg_otel.operation.ended') {
      this.ended(id, emittedAt, millis);
    }
  }

  /** Called for the event and the span of its end; the first one counts. */
  ended(id, endedAt, millis) {
    const operation = this.#operations.get(id);
    if (operation !== undefined && isRunning(operation)) Object.assign(operation, { endedAt, millis });
  }

  /** Running operations first, then the others; the latest first. */
  get all() {
    const latest = [...this.#operations.values()].reverse();
    return [...latest.filter(isRunning), ...latest.filter((operation) => !isRunning(operation))];
  }

  /** The latest answer counts. */
  #diagnosed(id, attributes) {
    const operation = this.#operations.get(id);
    if (operation === undefined || attributes['pg_otel.diagnosis'] !== 'found') return;
    operation.diagnosis = {
      reason: attributes['pg_otel.diagnosis.reason'],
      certainty: attributes['pg_otel.diagnosis.certainty'],
      kinds: attributes['pg_otel.diagnosis.kinds'],
      blockerTraceId: attributes['pg_otel.diagnosis.blocker.trace_id'],
    };
  }

  #warn(id, { name, kind, startedAt }, warning) {
    const operation = this.#operations.get(id) ?? { name, kind, startedAt, warnings: [] };
    this.#operations.set(id, operation);
    // Events are repeated while the operation runs; the first one counts.
    const isAgain = operation.warnings.some(({ limitSeconds }) => limitSeconds === warning.limitSeconds);
    if (!isAgain) operation.warnings.push(warning);
    if (this.#operations.size > KEPT) this.#operations.delete(this.#operations.keys().next().value);
  }
}

function isRunning({ endedAt }) {
  return endedAt === undefined;
}

/** How long before the end of the operation the event arrived; negative if after it, undefined while it runs. */
export function millisBeforeEnd({ endedAt }, { receivedAt }) {
  return endedAt === undefined ? undefined : endedAt - receivedAt;
}
