import { partsOf } from '../rules/labels';
import {
  ascending,
  type Level,
  levelsOf,
  limitsOf,
  matchesAll,
  type OperationKind,
  operationsOf,
  type Rule,
  SEVERITIES,
  type Severity,
  type Thresholds,
  type Watch,
} from '../rules/rule';
import { percent, seconds } from '../rules/text';
import { definitionOf } from '../rules/watch';

/** A limit that a panel draws as a line. */
export interface Line {
  readonly value: number;
  readonly color: string;
}

/** The limits of one panel, and the sentences about them in its description. */
export interface Limits {
  /** Ascending and unique, as Grafana requires for threshold steps. */
  readonly lines: readonly Line[];
  readonly description: string;
}

const COLORS: Readonly<Record<Severity, string>> = { info: 'blue', warning: 'orange', critical: 'red' };
const TARGET_COLOR = 'green';

interface Drawn extends Line {
  readonly severity: Severity;
  readonly words: string;
}
type Draw = (rule: Rule, level: Level) => Drawn | undefined;

/** Draws the line from the definition of the rule, in the color of the severity. */
const asDefined: Draw = (rule, level) => {
  const line = definitionOf<Watch>(rule).line?.(level);
  const { severity } = level;
  return line && { severity, value: line.value, color: COLORS[severity], words: `${severity} ${line.words}` };
};

/** Draws the target of a share on an axis of durations. */
const asTarget: Draw = (rule, level) =>
  'share' in level
    ? {
        severity: level.severity,
        value: level.withinSeconds,
        color: TARGET_COLOR,
        words: `target ${seconds(level.withinSeconds)} for ${percent(level.share)}`,
      }
    : asDefined(rule, level);

/** Rules of a `watch`. With `kinds`, only rules on any of these operations. */
function rulesOn({ rules }: Thresholds, watch: Watch, kinds?: readonly OperationKind[]): readonly Rule[] {
  return rules.filter(
    (rule) =>
      rule.watch === watch &&
      (kinds === undefined || operationsOf(rule)?.some((kind) => kinds.includes(kind))),
  );
}

/** Limits and targets for the durations of these operations. */
export function durationLimits(thresholds: Thresholds, kinds: readonly OperationKind[]): Limits {
  const { rules } = thresholds;
  const shown = [
    ...rulesOn(thresholds, 'slow-operation', kinds),
    ...rulesOn(thresholds, 'share-within', kinds),
  ];
  return limits(
    rules.filter((rule) => shown.includes(rule)),
    asTarget,
  );
}

/** The target shares of these operations for the duration `withinSeconds`. */
export function shareLimits(
  thresholds: Thresholds,
  kinds: readonly OperationKind[],
  withinSeconds: number,
): Limits {
  return limits(rulesOn(thresholds, 'share-within', kinds), (rule, level) =>
    'share' in level && level.withinSeconds === withinSeconds ? asDefined(rule, level) : undefined,
  );
}

/** Limits of held connections, of a pool gauge, or of the queues of the collector. */
export function limitsOn(
  thresholds: Thresholds,
  watch: 'held-connection' | 'pool-utilization' | 'pool-waiting' | 'collector-queue',
): Limits {
  return limits(rulesOn(thresholds, watch), asDefined);
}

/** The limits of slow operations of these kinds, including those of overrides; ascending, seconds. */
export function slowTimes(thresholds: Thresholds, kinds: readonly OperationKind[]): number[] {
  return limitsOf(rulesOn(thresholds, 'slow-operation', kinds));
}

/** The targets of operations of these kinds, including those of overrides; ascending, seconds. */
export function targetTimes(thresholds: Thresholds, kinds: readonly OperationKind[]): number[] {
  const levels = rulesOn(thresholds, 'share-within', kinds).flatMap((rule) => levelsOf<Level>(rule));
  return ascending(levels.flatMap((level) => ('share' in level ? [level.withinSeconds] : [])));
}

function limits(rules: readonly Rule[], draw: Draw): Limits {
  const drawn: Drawn[] = [];
  const sentences: string[] = [];
  for (const rule of rules) {
    for (const { match, levels } of rule.variants) {
      const shown = levels.map((level) => draw(rule, level)).filter((line) => line !== undefined);
      const words = shown.map((line) => line.words).join(', ');
      // A panel shows several services, so limits that apply to some of them are described and not drawn.
      if (matchesAll(match)) {
        drawn.push(...shown);
        const url = levels.find(({ runbookUrl }) => runbookUrl !== undefined)?.runbookUrl;
        const name = url === undefined ? rule.name : `[${rule.name}](${url})`;
        if (shown.length > 0) sentences.push(`Lines: ${words} (${name}).`);
      } else if (shown.length > 0 || levels.length === 0) {
        const about = partsOf(match).map((part) => part.join(' '));
        sentences.push(`Not drawn, for ${about.join(', ')}: ${words || 'no limit'} (${rule.name}).`);
      }
    }
  }
  // If two lines have the same value, the more severe one is drawn.
  drawn.sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity));
  const byValue = new Map(drawn.map(({ value, color }) => [value, { value, color }]));
  return {
    lines: [...byValue.values()].sort((one, other) => one.value - other.value),
    description: sentences.join(' '),
  };
}
