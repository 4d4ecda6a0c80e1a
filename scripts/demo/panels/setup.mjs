import { barAt, cell, duration, paint } from '../draw.mjs';

/** The phases of the latest connection one after the other, next to the mean of all connections. */
export function setupPanel(figures, width) {
  const { latestSetup } = figures;
  const connections = figures.createTimes();
  const title = `${paint('bold', 'Connection setup')}${paint('dim', `  ${connections.count} connections`)}`;
  if (latestSetup === undefined) return [title];
  const barWidth = width - 30;
  const lines = [
    title,
    paint('dim', `${cell('', 9)}${'latest'.padStart(9)} ${cell('', barWidth)} ${'mean'.padStart(9)}`),
  ];
  let from = 0;
  for (const { name, millis } of latestSetup.phases) {
    const all = figures.histogram(
      'pg_otel.connection.setup.duration',
      (attributes) => attributes['pg_otel.connection.phase'] === name,
    );
    const place = barAt(from / latestSetup.millis, millis / latestSetup.millis, barWidth);
    lines.push(line(name, duration(millis), paint('cyan', place), mean(all), barWidth));
    from += millis;
  }
  const whole = barAt(0, 1, barWidth);
  lines.push(line('whole', duration(latestSetup.millis), paint('blue', whole), mean(connections), barWidth));
  return lines;
}

function line(name, latest, place, ofAll, barWidth) {
  return `${cell(name, 9)}${latest.padStart(9)} ${cell(place, barWidth)} ${paint('dim', ofAll.padStart(9))}`;
}

function mean({ count, sum }) {
  return count === 0 ? '' : duration((1_000 * sum) / count);
}
