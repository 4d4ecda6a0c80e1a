import type { Level } from '../../rules/rule';
import type { Scene } from './scene';
import { type InputSeries, type Labels, STEP_SECONDS, stepsOf } from './unit-test';

/** A state that begins at 0 s and has ended at some time. */
export interface State {
  readonly name: string;
  readonly subject: Labels;
  /** Of the rule's variant: all of them, for the times. */
  readonly levels: readonly Level[];
  /** Those whose condition the state satisfies. */
  readonly holding: readonly Level[];
  readonly value: number;
  /** The series, with the steps that the state lasts and those after it. */
  readonly seriesOf: (lasting: number, after: number) => readonly InputSeries[];
  /** When it begins, in seconds: 0 unless it takes a past. */
  readonly begins?: number;
}

/** Levels fire when they have held for `for`, and until `keep_firing_for` after the state has ended. */
export function gaugeScene({ name, subject, levels, holding, value, seriesOf, begins = 0 }: State): Scene {
  const longest = (of: (level: Level) => number) => Math.max(0, ...levels.map(of));
  const lasting = stepsOf(longest(({ forSeconds }) => forSeconds)) + 6;
  const ended = begins + lasting * STEP_SECONDS;
  const after = stepsOf(longest(({ keepFiringSeconds }) => keepFiringSeconds)) + 6;
  const firesAt = (seconds: number) => (level: Level) =>
    seconds < ended ? seconds - begins >= level.forSeconds : seconds - ended < level.keepFiringSeconds;
  const times = new Set([
    ...levels.flatMap(({ forSeconds, keepFiringSeconds }) => {
      const from = begins + stepsOf(forSeconds) * STEP_SECONDS;
      const until = ended + stepsOf(keepFiringSeconds) * STEP_SECONDS;
      return [from - STEP_SECONDS, from, until - STEP_SECONDS, until];
    }),
    ended - STEP_SECONDS,
  ]);
  return {
    name,
    series: seriesOf(lasting, after),
    moments: [...times]
      .filter((seconds) => seconds >= 0)
      .sort((one, other) => one - other)
      .map((seconds) => ({
        seconds,
        firing: holding.filter(firesAt(seconds)).map((level) => ({ level, subject, value })),
      })),
  };
}
