import { checkBatchSize, checkOffered, checkQuantile, checkServers, checkServiceSeconds } from './arguments';
import { type CoreSharing, slowdowns } from './core-sharing';
import type { Wait } from './erlang';

/**
 * The probability that a member of a batch has to wait (M[X]/M/c): batches of a fixed size arrive as a Poisson process,
 * and service times are exponential. It is 1 when saturated.
 * With `sharing`, all functions for batches expect `offered` and `serviceSeconds` without the slowdown by shared cores.
 *
 * @param servers connections, a whole number from 1 to 1,000,000
 * @param offered offered load in erlangs of single arrivals, from 0
 * @param batchSize a whole number from 1 to 1000; with 1 it is `erlangC`
 * @throws {RangeError} that names the argument and the accepted values
 * @example batchWaitProbability(10, 3, 20) // 0.65
 */
export function batchWaitProbability(
  servers: number,
  offered: number,
  batchSize: number,
  sharing?: CoreSharing,
): number {
  return solve(servers, offered, batchSize, sharing)?.exceeds(0) ?? 1;
}

/**
 * Mean wait over all members of all batches (M[X]/M/c).
 *
 * @param serviceSeconds mean service time in seconds, 0 to 1e9
 * @returns seconds, or `'saturated'`
 * @throws {RangeError} that names the argument and the accepted values
 */
export function batchMeanWait(
  servers: number,
  offered: number,
  serviceSeconds: number,
  batchSize: number,
  sharing?: CoreSharing,
): Wait {
  checkServiceSeconds(serviceSeconds);
  const queue = solve(servers, offered, batchSize, sharing);
  return queue === undefined ? 'saturated' : (queue.meanPosition * serviceSeconds) / queue.departures;
}

/**
 * A quantile of the wait over all members of all batches (M[X]/M/c).
 *
 * @param serviceSeconds mean service time in seconds, 0 to 1e9
 * @param quantile from 0 to below 1
 * @returns seconds, or `'saturated'`
 * @throws {RangeError} that names the argument and the accepted values
 * @example batchWaitQuantile(10, 3, 0.01, 20, 0.99) // 0.044… s, where waitQuantile(10, 3, 0.01, 0.99) is 0
 */
export function batchWaitQuantile(
  servers: number,
  offered: number,
  serviceSeconds: number,
  batchSize: number,
  quantile: number,
  sharing?: CoreSharing,
): Wait {
  checkServiceSeconds(serviceSeconds);
  checkQuantile(quantile);
  const queue = solve(servers, offered, batchSize, sharing);
  if (queue === undefined) return 'saturated';
  if (serviceSeconds === 0) return 0;
  return (queue.departuresAtQuantile(1 - quantile) * serviceSeconds) / queue.departures;
}

/**
 * The probability that a member of a batch waits longer than `seconds` (M[X]/M/c). It is 1 when saturated.
 *
 * @param serviceSeconds mean service time in seconds, 0 to 1e9
 * @param seconds from 0
 * @throws {RangeError} that names the argument and the accepted values
 */
export function batchWaitExceeds(
  servers: number,
  offered: number,
  serviceSeconds: number,
  batchSize: number,
  seconds: number,
  sharing?: CoreSharing,
): number {
  checkServiceSeconds(serviceSeconds);
  if (!(seconds >= 0)) throw new RangeError(`seconds must be a number from 0, got ${String(seconds)}`);
  const queue = solve(servers, offered, batchSize, sharing);
  if (queue === undefined) return 1;
  if (serviceSeconds === 0) return 0;
  return queue.exceeds((seconds * queue.departures) / serviceSeconds);
}

/** The position of an arrival in the queue. An arrival at position k waits for k departures. */
interface BatchQueue {
  /** Departures of a busy system during one service time. */
  readonly departures: number;
  readonly meanPosition: number;
  /** P(wait > `expected` times the mean time between two departures of a busy system). */
  exceeds(expected: number): number;
  departuresAtQuantile(share: number): number;
}

/**
 * Solves for the stationary number in the system. Across the cut between n and n+1, the upward rate (batches that find
 * n−m+1 to n in the system) equals the downward rate (min(n+1, c) services). This forward recursion adds positive
 * terms only, so it is numerically stable.
 * Shared cores slow down services by the number of servers in use (a flow-equivalent server: Chandy, Herzog and
 * Woo 1975, Parametric analysis of queuing networks, IBM J. Res. Dev. 19).
 * Above n = c the recursion has constant coefficients. Its largest root is the ratio of the tail, and the next one is
 * below e^(−2.08/m): after 16·m further states, the tail is geometric within the precision of a double.
 * (Chaudhry and Templeton 1983, A First Course in Bulk Queues; Neuts 1981 for the mixture of Erlang waits.)
 *
 * @returns undefined when saturated
 */
function solve(
  servers: number,
  given: number,
  batchSize: number,
  sharing?: CoreSharing,
): BatchQueue | undefined {
  checkServers(servers);
  checkOffered(given);
  checkBatchSize(batchSize);
  const slowdown = sharing === undefined ? undefined : slowdowns(servers, sharing);
  const departures = servers / (slowdown?.[servers] ?? 1);
  if (given >= departures) return undefined;
  if (given === 0) return { departures, meanPosition: 0, exceeds: () => 0, departuresAtQuantile: () => 0 };

  // With a smaller load, batches practically never overlap, and the states would leave the range of a double.
  const offered = Math.max(given, 1e-250);
  const utilisation = offered / departures;
  const beyond = 16 * batchSize;
  const inSystem = stationary(servers, offered, batchSize, servers + beyond, slowdown);
  const decay = tailDecay(utilisation, batchSize);
  const ratio = 1 - decay;

  // By the same cut, P(K = k) = π(c+k)/ρ for the position K ≥ 1 of a random member. behind[i] is P(K > i).
  const behind = new Float64Array(beyond + 1);
  behind[beyond] = ((inSystem.at(-1) as number) * ratio) / decay;
  for (let i = beyond - 1; i >= 0; i--) {
    behind[i] = (behind[i + 1] as number) + (inSystem[servers + i + 1] as number);
  }
  const all = sum(inSystem) + (behind[beyond] as number);
  for (let i = 0; i <= beyond; i++) behind[i] = (behind[i] as number) / (all * utilisation);

  const atEnd = behind[beyond] as number;
  const exceeds = (expected: number) => exceedance(behind, decay, expected);
  return {
    departures,
    meanPosition: sum(behind) - atEnd + atEnd / decay,
    exceeds,
    departuresAtQuantile: (share) => whereBelow(share, exceeds),
  };
}

function stationary(
  servers: number,
  offered: number,
  batchSize: number,
  most: number,
  slowdown: Float64Array | undefined,
): Float64Array {
  const states = new Float64Array(most + 1);
  states[0] = 1;
  const batchesPerService = offered / batchSize;
  for (let n = 0; n < most; n++) {
    let inside = 0;
    for (let i = Math.max(0, n - batchSize + 1); i <= n; i++) inside += states[i] as number;
    const inUse = Math.min(n + 1, servers);
    const next = (batchesPerService * inside * (slowdown?.[inUse] ?? 1)) / inUse;
    states[n + 1] = next;
    // The states rise to about e^offered before they fall, so without scaling, large loads would overflow.
    if (next > 1e250) for (let i = 0; i <= n + 1; i++) states[i] = (states[i] as number) * 1e-250;
  }
  return states;
}

/** 1 − z for the root z in (0, 1) of m·z^m = ρ·(1 + z + … + z^(m−1)). */
function tailDecay(utilisation: number, batchSize: number): number {
  let low = 0;
  let high = 1;
  for (let step = 0; step < 200; step++) {
    const decay = (low + high) / 2;
    if (decay === low || decay === high) break;
    const power = batchSize * Math.log1p(-decay);
    // This falls from 1 to 0 as the decay goes from 0 to 1.
    const reached = (batchSize * decay * Math.exp(power)) / -Math.expm1(power);
    if (reached > utilisation) low = decay;
    else high = decay;
  }
  return (low + high) / 2;
}

/** Σ P(i departures in that time) · P(K > i), with Poisson weights. The sum beyond the states has a closed form. */
function exceedance(behind: Float64Array, decay: number, expected: number): number {
  if (expected === 0) return behind[0] as number;
  if (expected === Number.POSITIVE_INFINITY) return 0;
  const end = behind.length - 1;
  const ratio = 1 - decay;
  const log = Math.log(expected);
  const logOfRatio = Math.log1p(-decay);
  let inside = 0;
  let fewer = 0;
  let logOfFactorial = 0;
  for (let i = 0; i < end; i++) {
    if (i > 0) logOfFactorial += Math.log(i);
    const weight = i * log - logOfFactorial;
    inside += Math.exp(weight - expected) * (behind[i] as number);
    if (ratio > 0) fewer += Math.exp(weight + i * logOfRatio - expected * ratio);
  }
  if (ratio === 0) return inside;
  const outside = Math.exp(Math.log(behind[end] as number) - end * logOfRatio - expected * decay);
  return Math.min(1, inside + (outside > 0 ? outside * Math.max(0, 1 - fewer) : 0));
}

function whereBelow(share: number, exceeds: (expected: number) => number): number {
  if (exceeds(0) <= share) return 0;
  let low = 0;
  let high = 1;
  while (exceeds(high) > share) {
    low = high;
    high *= 2;
  }
  for (let step = 0; step < 200; step++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (exceeds(middle) > share) low = middle;
    else high = middle;
  }
  return high;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
