/** One arrival after the other, first come first served, each to the server that is free first. */
export function simulateQueue({
  servers,
  offered,
  batchSize,
  arrivals,
  seed,
  service = exponential,
}: {
  servers: number;
  /** Erlangs; the mean service time is 1. */
  offered: number;
  batchSize: number;
  arrivals: number;
  seed: number;
  service?: (random: () => number) => number;
}) {
  const random = mulberry32(seed);
  const freeAt = new Float64Array(servers);
  const waits = new Float64Array(arrivals);
  let now = 0;
  for (let i = 0; i < arrivals; i++) {
    if (i % batchSize === 0) now += (exponential(random) * batchSize) / offered;
    let first = 0;
    for (let server = 1; server < servers; server++) {
      if ((freeAt[server] as number) < (freeAt[first] as number)) first = server;
    }
    const start = Math.max(now, freeAt[first] as number);
    waits[i] = start - now;
    freeAt[first] = start + service(random);
  }
  const settled = waits.slice(arrivals / 10).sort();
  return {
    waiting: settled.filter((wait) => wait > 0).length / settled.length,
    mean: settled.reduce((sum, wait) => sum + wait, 0) / settled.length,
    quantile: (share: number) => settled[Math.floor(settled.length * share)] as number,
  };
}

export function exponential(random: () => number): number {
  return -Math.log(1 - random());
}

/** Two exponential times with balanced means: mean 1 and the given squared coefficient of variation, above 1. */
export function hyperexponential(variability: number): (random: () => number) => number {
  const often = (1 + Math.sqrt((variability - 1) / (variability + 1))) / 2;
  return (random) => {
    const part = random() < often ? often : 1 - often;
    return exponential(random) / (2 * part);
  };
}

/** The generator of Tommy Ettinger, public domain. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
