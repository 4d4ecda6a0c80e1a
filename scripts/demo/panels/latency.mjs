import { bar, cell, duration, paint } from '../draw.mjs';

/** `db.client.operation.duration`, all statements together, by its buckets. */
export function latencyPanel(figures, width) {
  const { count, sum, bounds, buckets } = figures.histogram('db.client.operation.duration');
  const mean = count === 0 ? '' : `, mean ${duration((1_000 * sum) / count)}`;
  const title = `${paint('bold', 'Query latency')}${paint('dim', `  ${count}${mean}`)}`;
  const most = Math.max(1, ...buckets);
  const barWidth = width - 18;
  return [
    title,
    ...buckets.map((found, index) => {
      const label = index < bounds.length ? `≤ ${edge(bounds[index])}` : `> ${edge(bounds.at(-1) ?? 0)}`;
      const place = bar(found / most, barWidth);
      return `${label.padStart(9)} ${String(found).padStart(6)} ${paint(colourFrom(bounds[index - 1] ?? 0), cell(place, barWidth))}`;
    }),
  ];
}

/** By the shortest time in the bucket, in seconds. */
function colourFrom(seconds) {
  if (seconds >= 1) return 'red';
  return seconds >= 0.1 ? 'yellow' : 'green';
}

function edge(seconds) {
  return seconds < 0.5 ? `${1_000 * seconds} ms` : `${seconds} s`;
}
