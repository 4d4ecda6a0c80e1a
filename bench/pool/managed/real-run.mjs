import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { sources } from '../arrivals.mjs';
import { workWith } from '../work.mjs';
import { applySize, LoadMeter, STRATEGIES, scenarioOf } from './simulation.mjs';

/** As in the simulation. */
const BOUNDS = { min: 2, max: 30, share: undefined };
const TICK_MILLIS = 1000;
const TIMEOUT_MILLIS = 2000;
const RETRY_SECONDS = 0.1;

/**
 * A scenario of the simulation on a real server.
 *
 * @param strategy a name of STRATEGIES
 * @param rateFactor of the arrivals: how much more this server can do than the simulated one
 */
export async function realRun({ name, pace, strategy, rateFactor }) {
  const scenario = scenarioOf(name, pace);
  const sizing = STRATEGIES[strategy];
  const max = typeof sizing === 'number' ? sizing : (scenario.start ?? 10);
  const pool = new pg.Pool({ max, idleTimeoutMillis: 0, connectionTimeoutMillis: TIMEOUT_MILLIS });
  // A lost connection fails the request that uses it, which is counted.
  pool.on('error', () => {});
  const start = performance.now();
  const now = () => (performance.now() - start) / 1000;
  const record = recorder(scenario.seconds, now);
  const stopSizing = typeof sizing === 'number' ? () => {} : follow(pool, sizing(), record, now);
  const faults = schedule(scenario, record);
  const random = sources(0);
  const open = new Set();

  async function request() {
    const asked = now();
    try {
      const client = await pool.connect();
      const got = now();
      try {
        await workWith(record.factors)[scenario.kind](client, random);
        record.completed(now() - got);
      } finally {
        client.release();
      }
      record.waited(got - asked);
    } catch {
      record.failed();
      await sleep(RETRY_SECONDS * 1000);
    }
  }
  function begin(caller) {
    open.add(caller);
    caller.finally(() => open.delete(caller));
  }

  const { load } = scenario;
  if ('callers' in load) {
    const caller = async () => {
      while (now() < scenario.seconds) await request();
    };
    for (let count = 0; count < load.callers; count++) begin(caller());
    await sleep(scenario.seconds * 1000);
  } else {
    const { exponential } = sources(1);
    const { together = 1 } = load;
    for (let next = 0; next < scenario.seconds; ) {
      await sleep(Math.max(1, (next - now()) * 1000));
      for (; next <= now() && next < scenario.seconds; ) {
        for (let one = 0; one < together; one++) begin(request());
        next += (exponential() * together) / load.perSecond(next) / rateFactor;
      }
    }
  }
  faults();
  stopSizing();
  const outcome = record.outcome();
  await Promise.all(open);
  await pool.end();
  return outcome;
}

/** The strategy gets the samples of the package's meter, and its sizes are applied by the package. */
function follow(pool, strategy, record, now) {
  const meter = new LoadMeter(pool, () => performance.now());
  const ticks = setInterval(() => {
    const from = pool.options.max;
    const to = strategy(meter.sample(), BOUNDS, Date.now());
    if (to !== undefined) {
      applySize(pool, to);
      record.changes.push({ at: now(), from, to });
    }
  }, TICK_MILLIS);
  return () => {
    clearInterval(ticks);
    meter.stop();
  };
}

function schedule({ events = [] }, record) {
  const timers = events.map(({ at, run }) => setTimeout(() => run(record), at * 1000));
  return () => timers.forEach(clearTimeout);
}

function recorder(seconds, now) {
  const waits = [];
  const changes = [];
  let completed = 0;
  let failed = 0;
  const isOver = () => now() >= seconds;
  return {
    changes,
    factors: { cpu: 1, sleep: 1 },
    slowDown(factors) {
      this.factors = { ...this.factors, ...factors };
    },
    completed() {
      if (!isOver()) completed++;
    },
    failed() {
      if (!isOver()) failed++;
    },
    waited(wait) {
      if (!isOver()) waits.push(wait);
    },
    outcome() {
      waits.sort((one, other) => one - other);
      return {
        completed,
        failed,
        p99WaitSeconds: waits[Math.floor(waits.length * 0.99)] ?? 0,
        changes,
      };
    },
  };
}
