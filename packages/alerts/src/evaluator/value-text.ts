import type { Level, Rule, ShareLevel } from '../rules/rule';

/** Annotation `value`, as Prometheus writes it by the templates of its rules. */
export function valueText(rule: Rule, level: Level, value: number): string {
  switch (rule.watch) {
    case 'share-within':
      return `${percent(value)} within ${duration((level as ShareLevel).withinSeconds)}`;
    case 'pool-utilization':
      return percent(value);
    case 'pool-waiting':
      return `${value.toFixed(3)} s`;
    case 'pool-unhealthy':
      return 'down';
    case 'missing-telemetry':
      return `none; the last limit of a pool was ${value.toFixed(0)}`;
    default:
      return String(value);
  }
}

/** `humanizePercentage` */
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))}%`;
}

function duration(seconds: number): string {
  return seconds < 1 ? `${Number((seconds * 1000).toPrecision(12))}ms` : `${seconds}s`;
}
