import { histogramsOf } from '../rules/histograms';
import { partsOf } from '../rules/labels';
import {
  ascending,
  type Level,
  levelsOf,
  matchesAll,
  operationsOf,
  type Rule,
  SEVERITIES,
  type Thresholds,
  type Watch,
} from '../rules/rule';
import { percent, seconds } from '../rules/text';
import { definitionOf } from '../rules/watch';

/** The limits of one panel: the lines that it draws, and the sentences about them in its description. */
export interface Limits {
  /** Ascending and unique, as Grafana requires for threshold steps. */
  readonly lines: readonly { readonly value: number; readonly color: string }[];
  readonly description: string;
}

/** Which limits a panel shows. */
export interface Shown {
  /** Limits of the rules with any of these. */
  readonly watches?: readonly Watch[];
  /** Only rules on operations that this histogram records. */
  readonly metric?: string;
  /** Seconds, for a panel of shares within this time. Otherwise, a target is drawn as a duration. */
  readonly within?: number;
}

const COLORS = { info: 'blue', warning: 'orange', critical: 'red' };
const TARGET_COLOR = 'green';

function rulesOn({ rules }: Thresholds, { watches = [], metric }: Shown): Rule[] {
  const isRecorded = (rule: Rule) =>
    histogramsOf(operationsOf(rule) ?? []).some(({ name }) => name === metric);
  return rules.filter((rule) => watches.includes(rule.watch) && (metric === undefined || isRecorded(rule)));
}

/** The line of a level, if the panel shows it. */
function lineOf(rule: Rule, level: Level, { within }: Shown) {
  const { severity } = level;
  if ('share' in level && within === undefined) {
    const { withinSeconds, share } = level;
    const words = `target ${seconds(withinSeconds)} for ${percent(share)}`;
    return { severity, value: withinSeconds, color: TARGET_COLOR, words };
  }
  if ('share' in level && level.withinSeconds !== within) return undefined;
  const line = definitionOf<Watch>(rule).line?.(level);
  return line && { severity, value: line.value, color: COLORS[severity], words: `${severity} ${line.words}` };
}

export function limitsOn(thresholds: Thresholds, shown: Shown): Limits {
  const drawn: NonNullable<ReturnType<typeof lineOf>>[] = [];
  const sentences: string[] = [];
  for (const rule of rulesOn(thresholds, shown)) {
    for (const { match, levels } of rule.variants) {
      const lines = levels.flatMap((level) => lineOf(rule, level, shown) ?? []);
      const words = lines.map((line) => line.words).join(', ');
      // A panel shows several services, so limits that apply to some of them are described and not drawn.
      if (matchesAll(match)) {
        drawn.push(...lines);
        const url = levels.find(({ runbookUrl }) => runbookUrl !== undefined)?.runbookUrl;
        const name = url === undefined ? rule.name : `[${rule.name}](${url})`;
        if (lines.length > 0) sentences.push(`Lines: ${words} (${name}).`);
      } else if (lines.length > 0 || levels.length === 0) {
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

/** The times that a panel of durations shows, including those of overrides; ascending, seconds. */
export function timesOn(thresholds: Thresholds, shown: Shown): number[] {
  const times = rulesOn(thresholds, shown).map((rule) =>
    levelsOf<Level>(rule).map((level) => lineOf(rule, level, shown)?.value ?? []),
  );
  return ascending(times.flat(2));
}
