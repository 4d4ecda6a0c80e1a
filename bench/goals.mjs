import { LOADS, VARIANTS, VERSIONS } from './names.mjs';
import { both } from './numbers.mjs';
import { table } from './table.mjs';

const YES = 'yes';
const NO = '**no**';

/** Both measures of a value meet a goal or it is missed. */
export const isWithin = ({ median, least }, limit) => Math.max(median, least) <= limit;

/** The goal that a ratio to the cost of another variant, or of the bare driver, is at most a limit. */
export function ratioGoal({ limit, to, ...goal }, ratio) {
  return {
    ...goal,
    limit: `${limit} × ${VARIANTS[to] ?? to}`,
    measured: both(ratio),
    isMet: isWithin(ratio, limit),
  };
}

/** Goals (`{ goal, variant, version, load, limit, measured, isMet }`) as Markdown, without columns that are empty. */
export function goalsTable(goals) {
  const columns = [
    ['goal', ({ goal }) => goal],
    ['variant', ({ variant }) => VARIANTS[variant] ?? ''],
    ['OTel', ({ version }) => VERSIONS[version] ?? ''],
    ['load', ({ load }) => LOADS[load] ?? load ?? ''],
    ['limit', ({ limit }) => limit],
    ['measured', ({ measured }) => measured],
    ['met', ({ isMet }) => (isMet ? YES : NO)],
  ].filter(([, show]) => goals.some((goal) => show(goal) !== ''));
  return table(
    columns.map(([head]) => head),
    goals.map((goal) => columns.map(([, show]) => show(goal))),
  );
}

/** How many goals are met, of all in figures that contain a table of goals. */
export function metGoals(figures) {
  const count = (verdict) =>
    figures.split('\n').filter(
      (line) =>
        line
          .trimEnd()
          .split(/ *\| */)
          .at(-2) === verdict,
    ).length;
  return { met: count(YES), all: count(YES) + count(NO) };
}
