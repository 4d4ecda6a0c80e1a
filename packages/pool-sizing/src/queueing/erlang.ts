import { checkOffered, checkQuantile, checkServers, checkServiceSeconds } from './arguments';

/** Seconds, or `'saturated'` when at least as much work arrives as the servers can do, so that the queue only grows. */
export type Wait = number | 'saturated';

/**
 * Erlang B: the share of arrivals that find all servers busy in a system without a queue (M/M/c/c).
 *
 * @param servers connections, a whole number from 1 to 1,000,000
 * @param offered offered load in erlangs: arrivals per second × mean service seconds, from 0
 * @returns 0 to 1; exact to a relative 1e-9 up to 10,000 servers (0 where the value is below 1e-308)
 * @throws {RangeError} that names the argument and the accepted values
 * @example erlangB(10, 7) // 0.0787…
 */
export function erlangB(servers: number, offered: number): number {
  checkServers(servers);
  checkOffered(offered);
  return 1 / inverseErlangB(servers, offered);
}

/**
 * Erlang C: the probability that an arrival has to wait in an unlimited queue (M/M/c). It is 1 when saturated.
 *
 * @param servers connections, a whole number from 1 to 1,000,000
 * @param offered offered load in erlangs, from 0
 * @returns 0 to 1; exact to a relative 1e-9 up to 10,000 servers
 * @throws {RangeError} that names the argument and the accepted values
 * @example erlangC(10, 7) // 0.2217…
 */
export function erlangC(servers: number, offered: number): number {
  checkServers(servers);
  checkOffered(offered);
  if (offered >= servers) return 1;
  // cB / (c − a(1−B)), divided by B above and below: this has no difference of nearly equal numbers.
  return servers / ((servers - offered) * inverseErlangB(servers, offered) + offered);
}

/**
 * Mean wait of all arrivals in M/M/c, including those that do not wait.
 *
 * @param serviceSeconds mean service time in seconds, 0 to 1e9
 * @returns seconds, or `'saturated'` when `offered` is not below `servers`
 * @throws {RangeError} that names the argument and the accepted values
 * @example meanWait(10, 7, 0.05) // 0.0036… s
 */
export function meanWait(servers: number, offered: number, serviceSeconds: number): Wait {
  checkServiceSeconds(serviceSeconds);
  const waiting = erlangC(servers, offered);
  if (offered >= servers) return 'saturated';
  return (waiting * serviceSeconds) / (servers - offered);
}

/**
 * A quantile of the wait of all arrivals in M/M/c, first come first served: P(W > t) = C·e^(−(c−a)t/S).
 *
 * @param serviceSeconds mean service time in seconds, 0 to 1e9
 * @param quantile from 0 to below 1; 0.99 for p99
 * @returns seconds (0 when fewer than 1 − quantile wait at all), or `'saturated'`
 * @throws {RangeError} that names the argument and the accepted values
 * @example waitQuantile(10, 7, 0.05, 0.99) // 0.0516… s
 */
export function waitQuantile(
  servers: number,
  offered: number,
  serviceSeconds: number,
  quantile: number,
): Wait {
  checkServiceSeconds(serviceSeconds);
  checkQuantile(quantile);
  const waiting = erlangC(servers, offered);
  if (offered >= servers) return 'saturated';
  if (waiting <= 1 - quantile) return 0;
  return (serviceSeconds / (servers - offered)) * Math.log(waiting / (1 - quantile));
}

/**
 * 1/B by the recursion 1/B(k) = 1 + k/a · 1/B(k−1). It needs no factorials and adds positive terms only, so the rounding
 * error is a few ulp per step. The result is Infinity if B is too small for a double; 1/Infinity is 0.
 * (Jagerman 1974, Some properties of the Erlang loss function.)
 */
function inverseErlangB(servers: number, offered: number): number {
  let inverse = 1;
  for (let k = 1; k <= servers; k++) {
    inverse = 1 + (k / offered) * inverse;
    if (inverse === Number.POSITIVE_INFINITY) break;
  }
  return inverse;
}
