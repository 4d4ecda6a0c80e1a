import { annotationsOf } from '../rules/annotations';
import type { Level, Rule, ShareLevel } from '../rules/rule';
import { duration } from './promql';

/** Labels and annotations are Go templates for Prometheus: what a user wrote is to stay as it is. */
function literally(value: string): string {
  return value.replaceAll('{{', '{{ "{{" }}');
}

const literal = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, literally(value)]));

/** Labels of a level's alerts beside their subject's, as they are told. */
function toldLabels({ severity, receiver, labels }: Level): Record<string, string> {
  return { ...labels, severity, signal: 'metrics', ...(receiver === undefined ? {} : { receiver }) };
}

/**
 * @param override which override of the rule, counted from 1, 0 for none: two rules with the same name and labels would
 * be reported by promtool, so this is written into a comment that nobody is told
 */
export function labelTemplates(level: Level, override: number): Record<string, string> {
  const labels = literal(toldLabels(level));
  return override === 0 ? labels : { ...labels, signal: `{{/* override ${override} */}}${labels['signal']}` };
}

export function annotationTemplates(rule: Rule, level: Level): Record<string, string> {
  return { ...literal(annotationsOf(rule, level)), value: valueText(rule, level, TEMPLATES) };
}

/** How a value is written: by Prometheus, and by a test that foretells it. */
interface Formats {
  readonly percent: string;
  readonly seconds: string;
  readonly count: string;
}

const TEMPLATES: Formats = {
  percent: '{{ $value | humanizePercentage }}',
  seconds: '{{ $value | printf "%.3f" }} s',
  count: '{{ $value | printf "%.0f" }}',
};

/** Annotation `value` of a given value. */
export function toldValue(rule: Rule, level: Level, value: number): string {
  return valueText(rule, level, {
    percent: `${Number((value * 100).toPrecision(4))}%`,
    seconds: `${value.toFixed(3)} s`,
    count: value.toFixed(0),
  });
}

function valueText(rule: Rule, level: Level, { percent, seconds, count }: Formats): string {
  switch (rule.watch) {
    case 'share-within':
      return `${percent} within ${duration((level as ShareLevel).withinSeconds)}`;
    case 'pool-utilization':
    case 'collector-queue':
      return percent;
    case 'pool-waiting':
      return seconds;
    case 'pool-unhealthy':
      return 'down';
    case 'missing-telemetry':
      return `none; the last limit of a pool was ${count}`;
    case 'collector-refused':
    case 'collector-failed':
      return `${count} in the last 5m`;
    case 'bridge-undelivered':
      return `${count} requests not taken in the last 5m, or bridges that are gone`;
    default:
      return `${count} in the last minute`;
  }
}
