import { setTimeout as sleep } from 'node:timers/promises';
import { readServerLog, startNeonEndpoint, startOtlpCapture, startPostgres } from '@pg-otel/testkit';
import { step } from '../steps/command.mjs';
import { cancelReports } from './cancel-reports.mjs';
import { Figures } from './figures.mjs';
import { LastPicture } from './last-picture.mjs';
import { Load } from './load.mjs';
import { countOnServer } from './server-counts.mjs';
import { commandLine, openShop } from './shop.mjs';
import { printSummary, summarize } from './summary.mjs';

const ONCE_MILLIS = 9_000;
/** As long as the requests that block each other take. */
const BLOCKED_ONCE_MILLIS = 13_000;
const OUTAGE = { afterMillis: 4_000, millis: 10_000, onceMillis: 26_000 };
const READ_MILLIS = 250;

/**
 * Starts an empty Postgres, runs the shop under `pg-otel watch`, and prints a summary of the telemetry that has arrived. With `isNeon`, over Neon's driver,
 * with `isPostgresJs` over Postgres.js. With `isOutage`, the pool is managed, and the server is stopped for a while. With
 * `isBlocked`, requests block each other.
 */
export async function demo({ isPostgresJs, isNeon, isOutage, isBlocked, isOnce, isJson, interruption }) {
  // What Postgres itself counts is compared with the spans; for a run without an end its log would grow too long.
  const settings = isOnce ? { log_statement: 'all', log_connections: 'on' } : {};
  const postgres = await step('Starting Postgres', () => startPostgres({ database: 'shop', settings }));
  const capture = await startOtlpCapture();
  let endpoint;
  try {
    if (isNeon) endpoint = await step('Starting a Neon endpoint', () => startNeonEndpoint(postgres));
    const driver = isPostgresJs ? { DATABASE_DRIVER: 'postgres-js' } : {};
    const database =
      endpoint === undefined ? { ...postgres.env, ...driver } : { DATABASE_DRIVER: 'neon', ...endpoint.env };
    const managed = isOutage ? { MANAGE_POOL: 'true' } : {};
    const blocked = isBlocked ? BLOCKED : {};
    const isOnScreen = process.stdout.isTTY && !isJson;
    const picture = new LastPicture();
    const shop = await step(`Opening the shop: ${commandLine}`, () =>
      openShop(
        { ...database, ...capture.env, ...managed, ...blocked },
        { isOnScreen, updates: (line) => picture.add(line) },
      ),
    );
    const figures = new Figures(capture);
    const load = new Load(shop.url, { isBlocked });
    try {
      const end = Promise.race([
        interruption.wait(),
        shop.closed,
        visited(load, shop, postgres.url),
        ...(isOnce ? [sleep(onceMillis({ isOutage, isBlocked }), undefined, { ref: false })] : []),
      ]);
      const outage = isOutage ? stopForAWhile(postgres, end) : undefined;
      outage?.catch(() => undefined); // handled below, where it is awaited
      await untilEnd(end, () => figures.update());
      await outage;
      const stopped = load.stop();
      // With --once, the report runs to its end.
      if (!isOnce) await cancelReports(postgres.url);
      await stopped;
    } finally {
      await shop.close();
    }
    figures.update();
    // A server that crashed has lost a part of its log.
    const counted =
      isOnce && !isOutage
        ? {
            server: countOnServer(readServerLog(postgres.log()), { isNeon }),
            endpoint: await endpoint?.stats(),
          }
        : {};
    const summary = summarize(figures, load, counted);
    if (isJson) console.log(JSON.stringify(summary, null, 2));
    else printSummary(summary, picture, process.stdout);
  } finally {
    await capture.stop();
    await endpoint?.stop();
    await postgres.stop();
  }
}

/** The blocked requests occupy four connections, and one of them waits until its lock times out. */
const BLOCKED = { POOL_MAX: '8', LOCK_TIMEOUT_MILLIS: '7000' };

function onceMillis({ isOutage, isBlocked }) {
  return Math.max(isOutage ? OUTAGE.onceMillis : 0, isBlocked ? BLOCKED_ONCE_MILLIS : ONCE_MILLIS);
}

/** Resolves when the server works again, after its outage or at the end of the demo. */
async function stopForAWhile(postgres, end) {
  const over = end.catch(() => undefined);
  await Promise.race([over, sleep(OUTAGE.afterMillis)]);
  await postgres.crash();
  await Promise.race([over, sleep(OUTAGE.millis)]);
  await postgres.restart();
}

/** If the shop does not answer, the user may be ending it by a key: it waits for its reports. Otherwise it has failed. */
async function visited(load, shop, url) {
  try {
    await load.start();
  } catch (error) {
    // Its open connections are still served.
    const stopped = load.stop();
    await cancelReports(url).catch(() => undefined);
    await stopped;
    const isClosed = await Promise.race([shop.closed.then(() => true), sleep(5_000, false)]);
    if (!isClosed) throw error;
  }
}

async function untilEnd(end, read) {
  let isOver = false;
  const over = end.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    read();
    await Promise.race([over, sleep(READ_MILLIS)]);
  }
  await over;
}
