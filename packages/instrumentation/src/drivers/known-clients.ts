/**
 * The clients of this process, for the question which session of the server belongs to it: clients of pg and Neon, and
 * connections of Postgres.js.
 */
const known = new Set<WeakRef<object>>();
/** The size at which references to garbage-collected clients are removed. */
let removeAt = 100;

export function rememberClient(client: WeakRef<object> | undefined): void {
  if (client === undefined) return;
  known.add(client);
  if (known.size < removeAt) return;
  for (const each of known) if (each.deref() === undefined) known.delete(each);
  removeAt = Math.max(100, 2 * known.size);
}

export function* knownClients(): Iterable<object> {
  for (const each of known) {
    const client = each.deref();
    if (client !== undefined) yield client;
  }
}
