import type { PgClient } from './pg';

/** The clients of this process, for the question which session of the server belongs to it. */
const known = new Set<WeakRef<PgClient>>();
/** The size at which references to garbage-collected clients are removed. */
let removeAt = 100;

export function rememberClient(client: WeakRef<PgClient> | undefined): void {
  if (client === undefined) return;
  known.add(client);
  if (known.size < removeAt) return;
  for (const each of known) if (each.deref() === undefined) known.delete(each);
  removeAt = Math.max(100, 2 * known.size);
}

export function* knownClients(): Iterable<PgClient> {
  for (const each of known) {
    const client = each.deref();
    if (client !== undefined) yield client;
  }
}
