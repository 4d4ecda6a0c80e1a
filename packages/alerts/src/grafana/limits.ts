import { MATCH_LABELS } from '../rules/labels';
import { isForAll } from '../rules/match';
import {
  type Level,
  type Match,
  type OperationKind,
  type PipelineLevel,
  type PoolLevel,
  type Rule,
  SEVERITIES,
  type Severity,
  type ShareLevel,
  type SlowLevel,
  type Thresholds,
} from '../rules/rule';
import { percent, seconds } from '../rules/summary';

/** A limit as a panel draws it. */
export interface Line {
  readonly value: number;
  readonly color: string;
}

/** Limits of one panel, and the sentences about them in its description. */
export interface Limits {
  /** Ascending, each value once: what Grafana takes as steps. */
  readonly lines: readonly Line[];
  readonly description: string;
}

const COLORS: Readonly<Record<Severity, string>> = { info: 'blue', warning: 'orange', critical: 'red' };
const TARGET_COLOR = 'green';

/** How a level of a rule is drawn; undefined for rules that the panel does not show. */
type Drawing = (rule: Rule) => ((level: Level) => Drawn) | undefined;
interface Drawn extends Line {
  readonly words: string;
}

const line = (severity: Severity, value: number, words: string): Drawn => ({
  value,
  color: COLORS[severity],
  words: `${severity} ${words}`,
});
const shows = (rule: { readonly operations: readonly OperationKind[] }, kinds: readonly OperationKind[]) =>
  rule.operations.some((kind) => kinds.includes(kind));

/** Limits and targets of the durations of these operations. */
export function durationLimits(thresholds: Thresholds, kinds: readonly OperationKind[]): Limits {
  return limits(thresholds, (rule) => {
    if (rule.watch === 'slow-operation' && shows(rule, kinds)) {
      return (level) => {
        const { severity, overSeconds } = level as SlowLevel;
        return line(severity, overSeconds, `above ${seconds(overSeconds)}`);
      };
    }
    if (rule.watch === 'share-within' && shows(rule, kinds)) {
      return (level) => {
        const { withinSeconds, share } = level as ShareLevel;
        const words = `target ${seconds(withinSeconds)} for ${percent(share)}`;
        return { value: withinSeconds, color: TARGET_COLOR, words };
      };
    }
    return undefined;
  });
}

/** The shares of these operations that reach a target of this time. */
export function shareLimits(
  thresholds: Thresholds,
  kinds: readonly OperationKind[],
  withinSeconds: number,
): Limits {
  return limits(thresholds, (rule) => {
    if (rule.watch !== 'share-within' || !shows(rule, kinds)) return undefined;
    return (level) => {
      const { severity, share, withinSeconds: own } = level as ShareLevel;
      return line(severity, own === withinSeconds ? share : Number.NaN, `below ${percent(share)}`);
    };
  });
}

/** How long a connection may be held. */
export function heldLimits(thresholds: Thresholds): Limits {
  return limits(thresholds, ({ watch }) => {
    if (watch !== 'held-connection') return undefined;
    return (level) => {
      const { severity, overSeconds } = level as SlowLevel;
      return line(severity, overSeconds, `above ${seconds(overSeconds)}`);
    };
  });
}

/** Limits of a gauge: of a pool, or of the collector's queues. */
export function gaugeLimits(
  thresholds: Thresholds,
  watched: 'pool-utilization' | 'pool-waiting' | 'collector-queue',
): Limits {
  const words = watched === 'pool-waiting' ? seconds : percent;
  return limits(thresholds, ({ watch }) => {
    if (watch !== watched) return undefined;
    return (level) => {
      const { severity, over } = level as PoolLevel | PipelineLevel;
      return line(severity, over, `above ${words(over)}`);
    };
  });
}

/** All times that a rule of these operations names: slow ones, or targets. Those of overrides, too; ascending. */
export function timesOf(
  thresholds: Thresholds,
  watch: 'slow-operation' | 'share-within',
  kinds: readonly OperationKind[],
): number[] {
  const times = thresholds.rules.flatMap((rule) => {
    if (rule.watch !== watch || !shows(rule as never, kinds)) return [];
    return rule.variants.flatMap(({ levels }) =>
      levels.map((level) =>
        watch === 'share-within' ? (level as ShareLevel).withinSeconds : (level as SlowLevel).overSeconds,
      ),
    );
  });
  return [...new Set(times)].sort((a, b) => a - b);
}

function limits(thresholds: Thresholds, drawing: Drawing): Limits {
  const drawn: { line: Line; severity: Severity }[] = [];
  const sentences: string[] = [];
  for (const rule of thresholds.rules) {
    const draw = drawing(rule);
    if (draw === undefined) continue;
    for (const { match, levels } of rule.variants) {
      const shown = levels
        .map((level) => ({ line: draw(level), severity: level.severity }))
        .filter(({ line: { value } }) => !Number.isNaN(value));
      // One panel shows several services: what counts for some of them only is told, not drawn.
      const isOfAll = isForAll(match);
      if (isOfAll) drawn.push(...shown);
      const words = shown.map(({ line: { words } }) => words).join(', ');
      const named = runbookLink(rule.name, levels);
      if (isOfAll && shown.length > 0) sentences.push(`Lines: ${words} (${named}).`);
      if (!isOfAll && (shown.length > 0 || levels.length === 0)) {
        sentences.push(`Not drawn, for ${describeMatch(match)}: ${words || 'no limit'} (${rule.name}).`);
      }
    }
  }
  // Of two at one value the more severe is drawn.
  drawn.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const byValue = new Map(drawn.map(({ line: { value, color } }) => [value, { value, color }]));
  return {
    lines: [...byValue.values()].sort((a, b) => a.value - b.value),
    description: sentences.join(' '),
  };
}

function runbookLink(name: string, levels: readonly Level[]): string {
  const url = levels.find(({ runbookUrl }) => runbookUrl !== undefined)?.runbookUrl;
  return url === undefined ? name : `[${name}](${url})`;
}

function describeMatch(match: Match): string {
  return (Object.keys(MATCH_LABELS) as (keyof Match)[])
    .filter((part) => match[part] !== undefined)
    .map((part) => `${part} ${match[part]}`)
    .join(', ');
}
