import { barAt, cell, duration, paint } from '../draw.mjs';

/** The mean request over HTTP, its parts one after the other; nothing where there are none. */
export function httpPanel(figures, width) {
  const { count, parts } = figures.http;
  if (count === 0) return [];
  const opened = parts.get('connect')?.count ?? 0;
  const means = ['connect', 'server', 'read']
    .filter((name) => parts.has(name))
    .map((name) => ({ name, millis: parts.get(name).millis / parts.get(name).count }));
  const whole = means.reduce((sum, { millis }) => sum + millis, 0);
  const barWidth = width - 20;
  let from = 0;
  return [
    `${paint('bold', 'Over HTTP')}${paint('dim', `  ${count}, ${opened} opened a connection`)}`,
    ...means.map(({ name, millis }) => {
      const place = barAt(from / whole, millis / whole, barWidth);
      from += millis;
      return `${cell(name, 9)}${duration(millis).padStart(9)} ${paint('cyan', place)}`;
    }),
  ];
}
