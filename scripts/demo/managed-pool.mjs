const KEPT = 50;

const COUNTED = {
  'pg_otel.retry.attempts': ['retries', 'pg_otel.retry.outcome'],
  'pg_otel.pool.resizes': ['resizes', 'pg_otel.pool.resize.reason'],
};

/** What the manager of the pool reports. Times are milliseconds since 1970. */
export class ManagedPool {
  /** Changes of health and of the size, oldest first: `at`, and the `body` of the event. */
  changes = [];
  /** The last change of health: `state` and `at`. */
  health = undefined;
  /** Outcome or reason → count. */
  retries = new Map();
  resizes = new Map();
  /** Recoveries so far: how many, and the mean in ms. */
  recoveries = { count: 0, meanMillis: 0 };

  addEvent({ eventName, attributes, body, time }) {
    const at = Number(time) / 1e6;
    const state = attributes['pg_otel.connection.health.state'];
    if (state !== undefined) this.health = { state, at };
    if (state === undefined && eventName !== 'pg_otel.pool.resized') return;
    this.changes.push({ at, body });
    if (this.changes.length > KEPT) this.changes.shift();
  }

  addMetric({ name, points }) {
    if (name === 'pg_otel.connection.recovery.duration') {
      const count = points.reduce((sum, point) => sum + point.count, 0);
      const seconds = points.reduce((sum, point) => sum + point.sum, 0);
      this.recoveries = { count, meanMillis: (1_000 * seconds) / Math.max(1, count) };
    }
    const [counts, attribute] = COUNTED[name] ?? [];
    if (counts === undefined) return;
    const sums = new Map();
    for (const { attributes, value } of points) {
      sums.set(attributes[attribute], (sums.get(attributes[attribute]) ?? 0) + value);
    }
    this[counts] = sums;
  }
}
