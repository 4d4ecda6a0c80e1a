import { now } from '../../clock';
import type { Statement } from '../../statement';
import type { ClientState } from './client-state';

const COMMAND = /\b(un)?listen\b(?:\s+("(?:[^"]|"")+"|[^\s"]+))?/gi;
const DISCARD_ALL = /^\s*discard\s+all\b/i;

/**
 * A checked-out connection that listens for notifications is held for as long as its holder wants them: it leaves the
 * checked-out connections of its pool until it listens no more.
 */
export function followListening({ checkout, pool }: ClientState, { summary, text }: Statement): void {
  if (checkout === undefined || pool === undefined) return;
  const channels = checkout.channels ?? new Set();
  checkout.channels = channels;
  const listened = channels.size > 0;
  if (DISCARD_ALL.test(text)) channels.clear();
  for (const [, isEnd, channel] of summary.matchAll(COMMAND)) {
    if (isEnd === undefined) channels.add(nameOf(channel));
    else if (channel === undefined) channels.clear();
    else channels.delete(nameOf(channel));
  }
  if (channels.size > 0) {
    pool.checkouts.delete(checkout);
  } else if (listened) {
    checkout.heldSince = now();
    pool.checkouts.add(checkout);
  }
}

/** As the server folds identifiers. */
const nameOf = (channel = ''): string =>
  channel.startsWith('"') ? channel.slice(1, -1) : channel.toLowerCase();
