import type { Level, Match, MissingRule, PoolLevel, PoolRule, UnhealthyRule } from '../../rules/rule';
import { CONNECTION_LIMIT, HEALTH, PENDING_OLDEST, UTILIZATION } from '../metrics';
import { MISSED_SECONDS } from '../pools';
import { gaugeScene } from './gauge-scene';
import type { Scene } from './scene';
import { seriesLabels, subjectOf } from './subject';
import { series } from './unit-test';

export function poolScenes(rule: PoolRule, match: Match, levels: readonly PoolLevel[]): Scene[] {
  const metric = rule.watch === 'pool-utilization' ? UTILIZATION : PENDING_OLDEST;
  const subject = subjectOf(rule, match);
  const limits = new Set(rule.variants.flatMap((variant) => variant.levels).map(({ over }) => over));
  const scene = (name: string, value: number) =>
    gaugeScene({
      name,
      subject,
      levels,
      holding: levels.filter(({ over }) => value > over),
      value,
      seriesOf: (lasting, after) => [
        series(metric, seriesLabels(subject), `${value}x${lasting - 1} 0x${after}`),
        series(metric, seriesLabels(subject, 'b'), `0x${lasting + after}`),
      ],
    });
  return [...limits].flatMap((limit) => [
    scene(`at ${limit}`, limit),
    scene(`above ${limit}, one process of two`, Number((limit + 0.01).toPrecision(12))),
  ]);
}

export function unhealthyScenes(rule: UnhealthyRule, match: Match, levels: readonly Level[]): Scene[] {
  const subject = subjectOf(rule, match);
  const scene = (name: string, health: 0 | 1) =>
    gaugeScene({
      name,
      subject,
      levels,
      holding: health === 0 ? levels : [],
      value: health,
      seriesOf: (lasting, after) => [
        series(HEALTH, seriesLabels(subject), `${health}x${lasting - 1} 1x${after}`),
        series(HEALTH, seriesLabels(subject, 'b'), `1x${lasting + after}`),
      ],
    });
  return [scene('down, one process of two', 0), scene('up', 1)];
}

const TOLD_STEPS = 12;
const BEGINS_SECONDS = 60;

export function missingScenes(rule: MissingRule, match: Match, levels: readonly Level[]): Scene[] {
  const subject = subjectOf(rule, match);
  const told = levels.filter(({ forSeconds }) => forSeconds < MISSED_SECONDS - BEGINS_SECONDS);
  const scene = (name: string, last: number, others: string) =>
    gaugeScene({
      name,
      subject,
      levels: told,
      holding: last > 0 && others === '' ? told : [],
      value: last,
      begins: BEGINS_SECONDS,
      seriesOf: (lasting, after) => [
        series(
          CONNECTION_LIMIT,
          seriesLabels({ ...subject, pool: 'orders' }),
          `10x${TOLD_STEPS - 2} ${last} stale _x${lasting - 1} 10x${after}`,
        ),
        ...(others === '' ? [] : [series(CONNECTION_LIMIT, seriesLabels(subject, 'b'), others)]),
      ],
    });
  return [
    scene('tells no more', 10, ''),
    scene('has ended its pools', 0, ''),
    scene('another process tells', 10, '10x1000'),
  ];
}
