import { exponential, mulberry32 } from './simulated-queue.reference';

interface Checkout {
  readonly pool: number;
  /** Time of a core that it still wants, or when it is back from elsewhere. */
  readonly seconds: number;
}

/**
 * Event by event: a checkout works on the cores, which all who work share (no more than one core each), and then waits
 * for something else, in turn, so that the use time of both together is about exponential, with mean 1 when nobody
 * else works. Each pool gets the same part of the arrivals.
 */
export function simulateSharedCores({
  servers,
  offered,
  cores,
  cpuShare,
  batchSize = 1,
  pools = 1,
  arrivals,
  seed,
}: {
  /** Of each pool. */
  servers: number;
  /** Erlangs of each pool. */
  offered: number;
  cores: number;
  cpuShare: number;
  batchSize?: number;
  pools?: number;
  arrivals: number;
  seed: number;
}) {
  const random = mulberry32(seed);
  const turns = 6;
  const part = (share: number) => (exponential(random) * share) / turns;
  const queues = Array.from({ length: pools }, (): number[] => []);
  const inUse = new Array<number>(pools).fill(0);
  const waits: number[] = [];
  let uses = 0;
  let working: Checkout[] = [];
  let elsewhere: Checkout[] = [];
  let now = 0;
  let next = 0;
  const work = (pool: number) => working.push({ pool, seconds: part(cpuShare) });
  const soonest = (checkouts: Checkout[]) =>
    checkouts.reduce((first, one) => (one.seconds < first.seconds ? one : first), NOBODY);

  while (waits.length < arrivals) {
    const speed = Math.min(1, cores / working.length);
    const done = soonest(working);
    const back = soonest(elsewhere);
    const until = Math.min(next, now + done.seconds / speed, back.seconds);
    const worked = (until - now) * speed;
    uses += (until - now) * (working.length + elsewhere.length);
    now = until;
    if (until !== next && until !== back.seconds) {
      working = working.filter((one) => one !== done);
      elsewhere.push({ pool: done.pool, seconds: now + part(1 - cpuShare) });
    }
    working = working.map(({ pool, seconds }) => ({ pool, seconds: seconds - worked }));
    if (until === next) {
      const pool = Math.floor(random() * pools);
      for (let i = 0; i < batchSize; i++) queues[pool]?.push(now);
      next = now + (exponential(random) * batchSize) / (offered * pools);
    } else if (until === back.seconds) {
      elsewhere = elsewhere.filter((one) => one !== back);
      if (random() < 1 / turns) (inUse[back.pool] as number)--;
      else work(back.pool);
    }
    for (const [pool, queue] of queues.entries()) {
      while (queue.length > 0 && (inUse[pool] as number) < servers) {
        waits.push(now - (queue.shift() as number));
        (inUse[pool] as number)++;
        work(pool);
      }
    }
  }
  const settled = Float64Array.from(waits.slice(arrivals / 10)).sort();
  return {
    waiting: settled.filter((wait) => wait > 0).length / settled.length,
    quantile: (share: number) => settled[Math.floor(settled.length * share)] as number,
    useTime: uses / waits.length,
  };
}

const NOBODY: Checkout = { pool: 0, seconds: Number.POSITIVE_INFINITY };
