/** Where the time of a statement goes that is a request over HTTP. */
const PARTS = {
  connect: 'pg_otel.http.connect_time',
  server: 'pg_otel.http.server_time',
  read: 'pg_otel.http.read_time',
};

const BATCH_SIZE = 'db.operation.batch.size';

/** The requests of Neon's HTTP driver, summed up. */
export class HttpRequests {
  count = 0;
  /** Of several statements, and how many those are. */
  batches = 0;
  batchedStatements = 0;
  /** Part → count, time in ms. A request over an open connection has no `connect`. */
  parts = new Map();

  addSpan(span) {
    if (!isHttpRequest(span)) return;
    this.count++;
    const size = statementsOf(span);
    if (size > 1) {
      this.batches++;
      this.batchedStatements += size;
    }
    for (const { name, millis } of httpPartsOf(span)) {
      const sum = this.parts.get(name) ?? { count: 0, millis: 0 };
      this.parts.set(name, { count: sum.count + 1, millis: sum.millis + millis });
    }
  }
}

function isHttpRequest({ attributes }) {
  return attributes[PARTS.server] !== undefined;
}

/** The number of statements that a span stands for. */
export function statementsOf({ attributes }) {
  return attributes[BATCH_SIZE] ?? 1;
}

/** The last of them ends with the span, each of the others where the next begins. */
function httpPartsOf({ attributes, end }) {
  const parts = [];
  for (const [name, attribute] of Object.entries(PARTS).reverse()) {
    if (attributes[attribute] === undefined) continue;
    const millis = 1_000 * attributes[attribute];
    parts.unshift({ name, end, millis });
    end -= BigInt(Math.round(millis * 1e6));
  }
  return parts;
}
