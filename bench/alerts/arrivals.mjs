import { setTimeout as sleep } from 'node:timers/promises';

/** Well below the minute after which an alert is told anew, which changes what Alertmanager says of it. */
const POLL_MILLIS = 250;

/** Notes when Alertmanager was first told each alert: by its own clock (`updatedAt`), however seldom it is asked. */
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
  // Whoever waits hears of it.
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
