import { listOf, numberOf } from './settings';

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

it('returns the default of a number that is unset, empty or not accepted', () => {
  for (const written of [undefined, '', ' ', '0', '-1', 'fast', 'Infinity']) {
    process.env['OTEL_BSP_MAX_QUEUE_SIZE'] = written;
    if (written === undefined) delete process.env['OTEL_BSP_MAX_QUEUE_SIZE'];
    expect(numberOf('OTEL_BSP_MAX_QUEUE_SIZE')).toBe(2_048);
  }
  process.env['OTEL_BSP_MAX_QUEUE_SIZE'] = '7';
  expect(numberOf('OTEL_BSP_MAX_QUEUE_SIZE')).toBe(7);
});

it('reads a list without empty, repeated and unknown entries; none empties it', () => {
  expect(listOf('OTEL_TRACES_EXPORTER')).toEqual(['otlp']);
  process.env['OTEL_TRACES_EXPORTER'] = ' otlp,, jaeger, console ,otlp';
  expect(listOf('OTEL_TRACES_EXPORTER')).toEqual(['otlp', 'console']);
  process.env['OTEL_TRACES_EXPORTER'] = 'otlp,none';
  expect(listOf('OTEL_TRACES_EXPORTER')).toEqual([]);
});
