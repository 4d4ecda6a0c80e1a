import { exportFailed, exportSucceeded, watchExports } from './outages';

const HOUR = 3_600_000;
let warnings: [code: string, message: string][];
let count = 0;

beforeEach(() => {
  jest.useFakeTimers();
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation(((message: string, { code }: { code: string }) => {
    warnings.push([code, message]);
  }) as typeof process.emitWarning);
});
afterEach(() => jest.useRealTimers());

/** Exporters to a receiver that no other test uses. */
function exporters() {
  count += 1;
  const to = (signal: string) =>
    watchExports(
      {},
      {
        signal,
        url: new URL(`http://user:hunter2@collector-${count}:4318/v1/${signal}?key=hunter2`),
        endpointSetting: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      },
    );
  return { traces: to('traces'), metrics: to('metrics'), host: `http://collector-${count}:4318` };
}

const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
const notFound = Object.assign(new Error('Not Found'), { code: 404 });
const codes = () => warnings.map(([code]) => code);

it('warns once of an outage, with URL, reason and variable, and once of its end', () => {
  const { traces, metrics, host } = exporters();
  for (let turn = 0; turn < 3; turn += 1) {
    exportFailed(traces, refused);
    exportFailed(metrics, refused);
  }
  expect(warnings).toEqual([
    [
      'PG_OTEL_EXPORT_FAILED',
      `Cannot export traces to ${host}/v1/traces: ECONNREFUSED. The application is not affected. Start a collector ` +
        'there or set OTEL_EXPORTER_OTLP_ENDPOINT; OTEL_TRACES_EXPORTER=none turns traces off.',
    ],
  ]);
  exportSucceeded(traces);
  expect(warnings).toHaveLength(1);
  exportSucceeded(metrics);
  expect(warnings.slice(1)).toEqual([
    ['PG_OTEL_EXPORT_RECOVERED', `Exports to ${host} succeed again. Exports that failed are not repeated.`],
  ]);
});

it('warns of the next outage', () => {
  const { traces } = exporters();
  exportFailed(traces, refused);
  exportSucceeded(traces);
  exportFailed(traces, refused);
  expect(codes()).toEqual(['PG_OTEL_EXPORT_FAILED', 'PG_OTEL_EXPORT_RECOVERED', 'PG_OTEL_EXPORT_FAILED']);
});

it('warns again when the reason changes, because the advice differs', () => {
  const { traces, metrics } = exporters();
  exportFailed(traces, refused);
  exportFailed(metrics, notFound);
  expect(codes()).toEqual(['PG_OTEL_EXPORT_FAILED', 'PG_OTEL_EXPORT_FAILED']);
  expect(warnings[1]?.[1]).toContain(
    'HTTP 404. The application is not affected. Check OTEL_EXPORTER_OTLP_ENDPOINT',
  );
});

it('does not report a recovery while one signal is still refused', () => {
  const { traces, metrics } = exporters();
  exportFailed(metrics, notFound);
  for (let turn = 0; turn < 3; turn += 1) {
    exportSucceeded(traces);
    exportFailed(metrics, notFound);
  }
  expect(codes()).toEqual(['PG_OTEL_EXPORT_FAILED']);
});

it('warns of three outages of an unstable receiver, and of one more per hour', () => {
  const { traces } = exporters();
  const failAndRecover = () => {
    for (let turn = 0; turn < 100; turn += 1) {
      exportFailed(traces, refused);
      exportSucceeded(traces);
    }
  };
  failAndRecover();
  expect(warnings).toHaveLength(6);
  jest.setSystemTime(Date.now() + HOUR);
  failAndRecover();
  expect(warnings).toHaveLength(8);
  jest.setSystemTime(Date.now() + 100 * HOUR);
  failAndRecover();
  expect(warnings).toHaveLength(14);
});

it('warns of no more outages when the clock of the system is set back', () => {
  const { traces } = exporters();
  for (let turn = 0; turn < 100; turn += 1) {
    exportFailed(traces, refused);
    exportSucceeded(traces);
    if (turn === 0) jest.setSystemTime(Date.now() - 10 * HOUR);
  }
  expect(warnings).toHaveLength(6);
});

it('does not warn of an exporter without a receiver', () => {
  exportFailed({}, refused);
  exportSucceeded({});
  expect(warnings).toEqual([]);
});
