import { LogHistogram } from './log-histogram';

/** A statement is learnt from blocks of at least this many queries and seconds. */
const BLOCK_QUERIES = 50;
const BLOCK_MILLIS = 30_000;
/** Blocks in a row that must be similar. */
const STABLE_BLOCKS = 3;
/** The queries of the last one to two of these are compared with the baseline. */
const RECENT_MILLIS = 30_000;
/** Fewer queries are not compared. */
const MIN_QUERIES = 30;
/** By definition, this share of the queries is above p95 of the baseline. */
const USUAL_SHARE = 0.05;
/** Standard deviations of that share (binomial) which chance does not explain. */
const SIGNIFICANT = 5;
/** A smaller share is no deviation, however many queries there are. */
const MIN_SHARE = 0.15;
const RECOVERED_BELOW = 0.1;
/** The minimum effect. */
const MIN_RATIO = 1.5;
const MIN_SECONDS = 0.005;
/** Checks in a row that must agree. */
const CHECKS = 2;

/** Quantiles of the baseline of a statement, in seconds. */
export interface StatementBaseline {
  readonly p50: number;
  readonly p95: number;
  /** The queries from which it was learnt. */
  readonly count: number;
}

/**
 * What is usual for one statement, and whether it is slower than that. The test needs no assumption about the shape of the
 * distribution: the share of recent queries above p95 of the baseline, which is 5 % as long as nothing has changed.
 */
export class StatementHistory {
  #baseline: LogHistogram | undefined;
  /** Similar blocks so far, while it learns. */
  #candidate = new LogHistogram();
  #stableBlocks = 0;
  #block = new LogHistogram();
  #blockSince: number;
  #earlier = new LogHistogram();
  #recent = new LogHistogram();
  #recentSince: number;
  #checksOver = 0;
  #checksBelow = 0;
  #deviatesSince: number | undefined;
  #overSince = 0;

  constructor(now: number, baseline?: LogHistogram) {
    this.#blockSince = now;
    this.#recentSince = now;
    this.#baseline = baseline;
  }

  add(seconds: number): void {
    (this.#baseline === undefined ? this.#block : this.#recent).add(seconds);
  }

  /** Learns or compares. Called after the queries of some seconds were added. */
  check(now: number): void {
    if (this.#baseline === undefined) this.#learn(now);
    else this.#compare(this.#baseline, now);
  }

  get baseline(): StatementBaseline | undefined {
    const baseline = this.#baseline;
    return baseline && { p50: baseline.quantile(0.5), p95: baseline.quantile(0.95), count: baseline.count };
  }

  /** What is saved in a file. */
  get learnt(): LogHistogram | undefined {
    return this.#baseline;
  }

  /** Since when it is slower than usual, in milliseconds since 1970, and p95 of its recent queries, in seconds. */
  get deviation(): { readonly since: number; readonly p95: number } | undefined {
    if (this.#deviatesSince === undefined) return undefined;
    return { since: this.#deviatesSince, p95: this.#compared().quantile(0.95) };
  }

  #learn(now: number): void {
    const block = this.#block;
    if (block.count < BLOCK_QUERIES || now - this.#blockSince < BLOCK_MILLIS) return;
    if (this.#stableBlocks > 0 && !areSimilar(this.#candidate, block)) {
      this.#candidate = new LogHistogram();
      this.#stableBlocks = 0;
    }
    this.#candidate.addAll(block);
    this.#stableBlocks += 1;
    this.#block = new LogHistogram();
    this.#blockSince = now;
    if (this.#stableBlocks === STABLE_BLOCKS) {
      this.#baseline = this.#candidate;
      this.#recentSince = now;
    }
  }

  #compare(baseline: LogHistogram, now: number): void {
    const compared = this.#compared();
    if (compared.count >= MIN_QUERIES) this.#judge(baseline, compared, now);
    if (now - this.#recentSince < RECENT_MILLIS || this.#recent.count < MIN_QUERIES) return;
    this.#earlier = this.#recent;
    this.#recent = new LogHistogram();
    this.#recentSince = now;
  }

  #judge(baseline: LogHistogram, compared: LogHistogram, now: number): void {
    const usual = baseline.quantile(0.95);
    const p95 = compared.quantile(0.95);
    const share = compared.shareAbove(usual);
    const isOver =
      share >= unusualShare(compared.count) && p95 >= usual * MIN_RATIO && p95 - usual >= MIN_SECONDS;
    if (isOver && this.#checksOver === 0) this.#overSince = now;
    this.#checksOver = isOver ? this.#checksOver + 1 : 0;
    this.#checksBelow = share < RECOVERED_BELOW ? this.#checksBelow + 1 : 0;
    if (this.#checksOver >= CHECKS) this.#deviatesSince ??= this.#overSince;
    if (this.#checksBelow >= CHECKS) this.#deviatesSince = undefined;
  }

  #compared(): LogHistogram {
    const compared = new LogHistogram();
    compared.addAll(this.#earlier);
    compared.addAll(this.#recent);
    return compared;
  }
}

/** The share of queries above p95 of the baseline from which on a statement deviates: 25 % of 30 queries, 15 % of 120. */
const unusualShare = (count: number): number =>
  Math.max(MIN_SHARE, USUAL_SHARE + SIGNIFICANT * Math.sqrt((USUAL_SHARE * (1 - USUAL_SHARE)) / count));

function areSimilar(one: LogHistogram, other: LogHistogram): boolean {
  return isNear(one, other, 0.5, 1.5, 0.001) && isNear(one, other, 0.95, 2, 0.005);
}

function isNear(one: LogHistogram, other: LogHistogram, quantile: number, ratio: number, seconds: number) {
  const [less = 0, more = 0] = [one.quantile(quantile), other.quantile(quantile)].sort((a, b) => a - b);
  return more <= less * ratio || more - less <= seconds;
}
