import { partsOf } from '../rules/labels';
import {
  ascending,
  type LevelBase,
  levelsOf,
  matchesAll,
  type OperationKind,
  type OverLevel,
  type RuleOf,
  SEVERITIES,
  type Severity,
  type ShareLevel,
  type Thresholds,
  type Variant,
} from '../rules/rule';
import { percent, seconds } from '../rules/text';

/** A limit as a panel draws it. */
export interface Line {
  readonly value: number;
  readonly color: string;
}

/** The limits of one panel, and the sentences about them in its description. */
export interface Limits {
  /** Ascending, each value once, as Grafana requires for steps. */
  readonly lines: readonly Line[];
  readonly description: string;
}

const COLORS: Readonly<Record<Severity, string>> = { info: 'blue', warning: 'orange', critical: 'red' };
const TARGET_COLOR = 'green';

interface Drawn extends Line {
  readonly severity: Severity;
  readonly words: string;
}

const line = ({ severity }: LevelBase, value: number, words: string): Drawn => ({
  severity,
  value,
  color: COLORS[severity],
  words: `${severity} ${words}`,
});
const above = (level: LevelBase & { readonly overSeconds: number }) =>
  line(level, level.overSeconds, `above ${seconds(level.overSeconds)}`);

/** Rules of a `watch` that are about any of the operations. */
function rulesOn<W extends 'slow-operation' | 'share-within'>(
  { rules }: Thresholds,
  watch: W,
  kinds: readonly OperationKind[],
) {
  return rules.filter(
    (rule): rule is typeof rule & RuleOf<W> =>
      rule.watch === watch && rule.operations.some((kind) => kinds.includes(kind)),
  );
}

/** Limits and targets for the durations of these operations. */
export function durationLimits(thresholds: Thresholds, kinds: readonly OperationKind[]): Limits {
  const slow = rulesOn(thresholds, 'slow-operation', kinds);
  const targets = rulesOn(thresholds, 'share-within', kinds);
  return limits([
    ...slow.map((rule) => drawn(rule, above)),
    ...targets.map((rule) =>
      drawn(rule, ({ severity, withinSeconds, share }: ShareLevel) => ({
        severity,
        value: withinSeconds,
        color: TARGET_COLOR,
        words: `target ${seconds(withinSeconds)} for ${percent(share)}`,
      })),
    ),
  ]);
}

/** The shares of these operations that should reach a target of this time. */
export function shareLimits(
  thresholds: Thresholds,
  kinds: readonly OperationKind[],
  withinSeconds: number,
): Limits {
  return limits(
    rulesOn(thresholds, 'share-within', kinds).map((rule) =>
      drawn(rule, (level: ShareLevel) =>
        level.withinSeconds === withinSeconds
          ? line(level, level.share, `below ${percent(level.share)}`)
          : undefined,
      ),
    ),
  );
}

/** How long a connection may be held. */
export function heldLimits({ rules }: Thresholds): Limits {
  return limits(rules.filter((rule) => rule.watch === 'held-connection').map((rule) => drawn(rule, above)));
}

/** Limits of a gauge of a pool, or of the collector's queues. */
export function gaugeLimits(
  { rules }: Thresholds,
  watched: 'pool-utilization' | 'pool-waiting' | 'collector-queue',
): Limits {
  const words = watched === 'pool-waiting' ? seconds : percent;
  return limits(
    rules
      .filter((rule): rule is typeof rule & RuleOf<typeof watched> => rule.watch === watched)
      .map((rule) =>
        drawn(rule, (level: OverLevel) => line(level, level.over, `above ${words(level.over)}`)),
      ),
  );
}

/** The limits of slow operations of these kinds, of overrides as well; ascending, seconds. */
export function slowTimes(thresholds: Thresholds, kinds: readonly OperationKind[]): number[] {
  const rules = rulesOn(thresholds, 'slow-operation', kinds);
  return ascending(rules.flatMap((rule) => levelsOf(rule).map(({ overSeconds }) => overSeconds)));
}

/** The targets of operations of these kinds, of overrides as well; ascending, seconds. */
export function targetTimes(thresholds: Thresholds, kinds: readonly OperationKind[]): number[] {
  const rules = rulesOn(thresholds, 'share-within', kinds);
  return ascending(rules.flatMap((rule) => levelsOf(rule).map(({ withinSeconds }) => withinSeconds)));
}

/** A rule's limits, and the sentences about them. */
interface DrawnRule {
  readonly lines: readonly Drawn[];
  readonly sentences: readonly string[];
}

function drawn<L extends LevelBase>(
  { name, variants }: { readonly name: string; readonly variants: readonly Variant<L>[] },
  draw: (level: L) => Drawn | undefined,
): DrawnRule {
  const lines: Drawn[] = [];
  const sentences = variants.flatMap(({ match, levels }) => {
    const shown = levels.map(draw).filter((line) => line !== undefined);
    const words = shown.map((line) => line.words).join(', ');
    // One panel shows several services: limits of some of them are described, not drawn.
    if (!matchesAll(match)) {
      const about = partsOf(match).map((part) => part.join(' '));
      return shown.length > 0 || levels.length === 0
        ? [`Not drawn, for ${about.join(', ')}: ${words || 'no limit'} (${name}).`]
        : [];
    }
    lines.push(...shown);
    const url = levels.find(({ runbookUrl }) => runbookUrl !== undefined)?.runbookUrl;
    return shown.length > 0 ? [`Lines: ${words} (${url === undefined ? name : `[${name}](${url})`}).`] : [];
  });
  return { lines, sentences };
}

function limits(rules: readonly DrawnRule[]): Limits {
  const bySeverity = rules
    .flatMap(({ lines }) => lines)
    .sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity));
  // Of two lines at one value, the more severe one is drawn.
  const byValue = new Map(bySeverity.map(({ value, color }) => [value, { value, color }]));
  return {
    lines: [...byValue.values()].sort((one, other) => one.value - other.value),
    description: rules.flatMap(({ sentences }) => sentences).join(' '),
  };
}
