import { setTimeout as sleep } from 'node:timers/promises';

/** Well below one minute: after that an alert is repeated, which changes its `updatedAt`. */
const POLL_MILLIS = 250;

/** Records when each alert first reached Alertmanager, by its `updatedAt`, so the polling interval does not matter. */
export function watchArrivals(alertmanager) {
  const first = new Map();
  let isWatching = true;
  const look = async () => {
    for (const { fingerprint, labels, updatedAt } of await alertmanager.alerts()) {
      if (!first.has(fingerprint)) first.set(fingerprint, { labels, at: Date.parse(updatedAt) });
    }
  };
  const watching = (async () => {
    while (isWatching) {
      await look();
      await sleep(POLL_MILLIS);
    }
  })();
  // The error is thrown where `stop` is awaited.
  watching.catch(() => {});
  return {
    /** Milliseconds since 1970; undefined as long as there is none. */
    at: (of) => [...first.values()].find(({ labels }) => isOf(labels, of))?.at,
    async stop() {
      isWatching = false;
      await watching;
    },
  };
}

/** When a receiver was first notified of an alert; undefined as long as it was not. */
export function notifiedAt(receiver, to, of) {
  return receiver.notifications.find(
    (one) =>
      one.path === to &&
      one.body.alerts.some(({ status, labels }) => status === 'firing' && isOf(labels, of)),
  )?.receivedAt;
}

function isOf(labels, of) {
  return Object.entries(of).every(([name, value]) => labels[name] === value);
}
