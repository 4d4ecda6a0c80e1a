import type { QueryWindow } from '../queries/query-window';
import { LogHistogram } from './log-histogram';
import { type StatementBaseline, StatementHistory } from './statement-baseline';

/** The most statements that are learnt: together at most 4 kB each. */
const MAX_STATEMENTS = 500;

/** A statement that is slower than usual. Durations are in seconds. */
export interface Deviation {
  /** `db.query.summary` */
  readonly summary: string;
  /** p95 of its recent queries. */
  readonly p95: number;
  readonly baseline: StatementBaseline;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** The deviation in one sentence, with its numbers. */
  readonly sentence: string;
}

/** The baseline of the statements, and what deviates from it. */
export interface BaselineReport {
  /** Statements with a baseline. */
  readonly statements: readonly ({ readonly summary: string } & StatementBaseline)[];
  /** Statements whose first stable period has not ended. */
  readonly learning: number;
  /** The largest ratio first. */
  readonly deviations: readonly Deviation[];
}

/** What is saved: the durations of each statement from which its baseline was learnt. */
export type SavedBaselines = Readonly<Record<string, ReturnType<LogHistogram['toJSON']>>>;

/** Learns what is usual for each statement, and compares the recent queries with it. */
export class Baselines {
  readonly #statements = new Map<string, StatementHistory>();
  #read = 0;

  /** Takes the queries of the window that were added since the last call, at most as many as it holds. */
  check(window: QueryWindow, now: number): void {
    window.forEach((summary, seconds, _endedAt, isFailed) => {
      // A failed query takes the time of its failure.
      if (!isFailed) this.#of(summary, now)?.add(seconds);
    }, this.#read);
    this.#read = window.added;
    for (const statement of this.#statements.values()) statement.check(now);
  }

  report(): BaselineReport {
    const all = [...this.#statements].map(([summary, statement]) => ({ summary, statement }));
    return {
      statements: all.flatMap(({ summary, statement }) =>
        statement.baseline === undefined ? [] : [{ summary, ...statement.baseline }],
      ),
      learning: all.filter(({ statement }) => statement.baseline === undefined).length,
      deviations: all
        .flatMap(({ summary, statement }) => deviationOf(summary, statement))
        .sort((one, other) => other.p95 / other.baseline.p95 - one.p95 / one.baseline.p95),
    };
  }

  save(): SavedBaselines {
    return Object.fromEntries(
      [...this.#statements].flatMap(([summary, { learnt }]) =>
        learnt === undefined ? [] : [[summary, learnt.toJSON()]],
      ),
    );
  }

  restore(saved: SavedBaselines, now: number): void {
    for (const [summary, json] of Object.entries(saved).slice(0, MAX_STATEMENTS)) {
      const baseline = LogHistogram.from(json);
      if (baseline !== undefined) this.#statements.set(summary, new StatementHistory(now, baseline));
    }
  }

  #of(summary: string, now: number): StatementHistory | undefined {
    const known = this.#statements.get(summary);
    if (known !== undefined || this.#statements.size >= MAX_STATEMENTS) return known;
    const statement = new StatementHistory(now);
    this.#statements.set(summary, statement);
    return statement;
  }
}

function deviationOf(summary: string, { baseline, deviation }: StatementHistory): Deviation[] {
  if (baseline === undefined || deviation === undefined) return [];
  const { since, p95 } = deviation;
  const time = new Date(since).toTimeString().slice(0, 5);
  const sentence = `${summary}: p95 ${millis(p95)}, baseline ${millis(baseline.p95)}, since ${time}`;
  return [{ summary, p95, baseline, since, sentence }];
}

const millis = (seconds: number): string => `${Number((seconds * 1000).toPrecision(3))} ms`;
