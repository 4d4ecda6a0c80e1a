import { compileInstrumentationEnv } from './instrumentation-env';
import { parseThresholds } from './thresholds/parse';

const HEAD = 'receivers: {chat: {}}\nnotify: {critical: chat, warning: chat, info: chat}\n';
const settings = (rules: string) => {
  const [file] = compileInstrumentationEnv(parseThresholds(`${HEAD}${rules}`)).files;
  expect(file?.path).toBe('instrumentation.env');
  return file?.content.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
};

it('lists the limits of all rules and overrides once, in ascending order', () => {
  expect(
    settings(`
rules:
  Slow: {watch: slow-operation, operations: [query], levels: [{severity: warning, over: 1s}, {severity: critical, over: 10s}]}
  Setup: {watch: slow-operation, operations: [connect], levels: [{severity: warning, over: 500ms}, {severity: critical, over: 1s}]}
  Held: {watch: held-connection, levels: [{severity: warning, over: 30s}]}
overrides:
  - {match: {pool: reports}, rules: {Slow: {levels: [{severity: warning, over: 2.5s, backstop: false}]}}}
`),
  ).toEqual(['PG_OTEL_SLOW_AFTER=0.5,1,2.5,10', 'PG_OTEL_HELD_AFTER=30']);
});

it('is `none` if no rule has a limit', () => {
  expect(settings('rules: {}')).toEqual(['PG_OTEL_SLOW_AFTER=none']);
});
