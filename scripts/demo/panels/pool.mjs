import { columns, duration, paint } from '../draw.mjs';

/** Connections in use and waiting requests over time, from the gauges of the pool. */
export function poolPanel(figures, width) {
  const { poolSamples, poolPeak } = figures;
  const now = poolSamples.at(-1) ?? {};
  const limit = now.limit ?? 0;
  const chart = { width: width - 12, height: 3 };
  const used = columns(
    poolSamples.map((sample) => sample.used ?? 0),
    { ...chart, max: Math.max(1, limit) },
  );
  const waiting = columns(
    poolSamples.map((sample) => sample.pending ?? 0),
    { ...chart, max: Math.max(1, poolPeak.pending) },
  );
  const waits = figures.histogram('db.client.connection.wait_time');
  return [
    `${paint('bold', 'Pool')}${paint('dim', `  limit ${limit}, ${now.idle ?? 0} idle`)}`,
    ...labelled(used, 'used', now.used ?? 0, 'cyan'),
    ...labelled(waiting, 'waiting', now.pending ?? 0, 'yellow'),
    paint('dim', `most waiting ${poolPeak.pending}, the oldest for ${duration(poolPeak.oldestWaitMillis)}`),
    paint(
      'dim',
      `${waits.count} requests waited ${duration((1_000 * waits.sum) / Math.max(1, waits.count))} on average`,
    ),
  ];
}

function labelled(lines, name, value, colour) {
  const labels = [name.padEnd(11), String(value).padEnd(11)];
  return lines.map((line, index) => `${labels[index] ?? ' '.repeat(11)} ${paint(colour, line)}`);
}
