import { counted } from '../../numbers';
import { barAt } from '../draw';
import { duration, percent } from '../format';
import { cell, fitting, rightCell } from '../width';
import type { Panel } from './panel';

const FAILURES = 2;

/** The phases of a connection one after the other, by their medians, and which part of the connections was in time. */
export const setupPanel: Panel = ({ data: { connections } }, width, paint) => {
  const { setups, opened, failed, failures } = connections;
  const title = `${paint('bold', 'Connection setup')}${paint('dim', `  ${opened} opened${failed > 0 ? `, ${failed} failed` : ''}`)}`;
  const failureLines = failures
    .slice(0, FAILURES)
    .map(({ errorType, count }) => paint('red', fitting(`${errorType}: ${counted(count, 'time')}`, width)));
  if (setups.count === 0) return [fitting(title, width), ...failureLines];
  const barWidth = width - 30;
  const whole = setups.phases.reduce((sum, { seconds }) => sum + seconds.p50, 0);
  const row = (name: string, p50: string, place: string, p95: string) =>
    `${cell(name, 9)}${rightCell(p50, 9)} ${cell(place, barWidth)} ${paint('dim', rightCell(p95, 9))}`;
  let from = 0;
  const phases = setups.phases.map(({ phase, seconds }) => {
    const place = whole === 0 ? '' : barAt(from / whole, seconds.p50 / whole, barWidth);
    from += seconds.p50;
    return row(phase, duration(seconds.p50), paint('cyan', place), duration(seconds.p95));
  });
  const { seconds, share } = setups.withinTarget;
  return [
    fitting(title, width),
    paint('dim', row('', 'p50', '', 'p95')),
    ...phases,
    row('whole', duration(setups.seconds.p50), '', duration(setups.seconds.p95)),
    paint(share < 1 ? 'yellow' : 'dim', fitting(`${percent(share)} within ${duration(seconds)}`, width)),
    ...failureLines,
  ];
};
