import { checkServers, checkSharing } from './arguments';

/** The cores that the servers share, and the part of each service that is work of one core. */
export interface CoreSharing {
  /** Above 0. A fraction is a slower core. */
  readonly cores: number;
  /** The part of an undisturbed service time that is work of a core, 0 to 1. */
  readonly cpuShare: number;
}

/**
 * Returns the factors by which a service takes longer when n servers are in use: item n, from 0 to `servers`.
 *
 * A closed network of n customers with two stations, the cores (processor sharing) and all else (a delay), has
 * G(n) = Σ_k Z^(n−k)/(n−k)! · D^k/Π_{i≤k} min(i, cores), and throughput G(n−1)/G(n) (Buzen 1973, Computational
 * algorithms for closed queueing networks with exponential servers, CACM 16). Without contention, G(n) is
 * (Z + D)^n/n!. The quotient of both is
 * g(n) = n·q/cores · g(n−1) + E(1 − K/cores)⁺ with K binomial in n and q = D/(Z + D). As g is never below 1, an
 * absolute error of the expectation is small enough, so it is computed by its differences in n.
 * The distribution of the times does not matter (Baskett, Chandy, Muntz and Palacios 1975, JACM 22).
 *
 * @throws {RangeError} that names the argument and the accepted values
 * @example slowdowns(4, { cores: 2, cpuShare: 1 }) // [1, 1, 1, 1.5, 2]
 */
export function slowdowns(servers: number, sharing: CoreSharing): Float64Array {
  checkServers(servers);
  checkSharing(sharing);
  const { cores, cpuShare } = sharing;
  const slowdown = new Float64Array(servers + 1).fill(1);
  if (servers <= cores) return slowdown;
  const most = Math.floor(cores);
  const log = (probability: number, power: number) => (power === 0 ? 0 : power * Math.log(probability));
  // Probabilities of K, as logarithms: q^cores may be too small for a double, and grows again with n.
  let logOfMost = log(cpuShare, most);
  let logOfOneLess = most === 0 ? -Infinity : Math.log(most) + log(cpuShare, most - 1) + log(1 - cpuShare, 1);
  let fewer = most === 0 ? 0 : 1 - Math.exp(logOfMost);
  let idle = 1 - (most * cpuShare) / cores;
  let relative = 1;
  for (let n = most + 1; n <= servers; n++) {
    const step = fewer / cores + (1 - most / cores) * Math.exp(logOfMost);
    idle = Math.max(0, idle - cpuShare * step);
    fewer = Math.max(0, fewer - cpuShare * Math.exp(logOfOneLess));
    logOfMost += Math.log(n / (n - most)) + Math.log(1 - cpuShare);
    logOfOneLess += Math.log(n / (n - most + 1)) + Math.log(1 - cpuShare);
    slowdown[n] = Math.max(1, (n * cpuShare) / cores + idle / relative);
    // It may become Infinity; idle / relative is 0 then.
    relative *= slowdown[n] as number;
  }
  return slowdown;
}

/** The offered load, in erlangs of undisturbed services, from which on the servers are saturated. */
export function capacity(servers: number, sharing: CoreSharing | undefined): number {
  return sharing === undefined ? servers : servers / (slowdowns(servers, sharing)[servers] as number);
}
