import { requiresOthers } from './preloads';

const { env, execArgv } = process;
afterEach(() => {
  process.env = env;
  process.execArgv = execArgv;
});

it.each([
  ['--require pg-otel/register', false],
  ['--require=@pg-otel/instrumentation/register', false],
  ['--require="/home/a user/node_modules/pg-otel/dist/cli/doctor/program/probe.js"', false],
  ['"--require" "C:\\\\a user\\\\pg-otel\\\\dist\\\\register.js" --max-old-space-size=100', false],
  ['--import other/register', false],
  ['', false],
  ['--require other/register', true],
  ['-r "./my sdk.js"', true],
  ['--require="./my sdk.js" --require pg-otel/register', true],
])('NODE_OPTIONS %s', (options, isOther) => {
  process.execArgv = [];
  process.env = { ...env, NODE_OPTIONS: options };
  expect(requiresOthers()).toBe(isOther);
});
