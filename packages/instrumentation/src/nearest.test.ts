import { nearest } from './nearest';

const words = ['doctor', 'plan', 'alerts'];

it.each([
  ['doctr', 'doctor'],
  ['docotr', 'doctor'],
  ['DOCTOR', 'doctor'],
  ['plans', 'plan'],
  ['alert', 'alerts'],
  ['pln', 'plan'],
  ['doc', 'doctor'],
  ['bridge', undefined],
  ['', undefined],
])('for %j returns %j', (written, expected) => {
  expect(nearest(written, words)).toBe(expected);
});

it('counts a swap of neighbours as one edit', () => {
  expect(nearest('OTEL_EXPORTER_OLTP_ENDPOINT', ['OTEL_EXPORTER_OTLP_ENDPOINT'], 1)).toBe(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  );
});

it('returns the most similar word, and the first of several that are equally similar', () => {
  expect(nearest('PG_OTEL_SLOW', ['PG_OTEL_IGNORE', 'PG_OTEL_SLOW_AFTER'], 6)).toBe('PG_OTEL_SLOW_AFTER');
  expect(nearest('ab', ['ac', 'ad'], 1)).toBe('ac');
});
