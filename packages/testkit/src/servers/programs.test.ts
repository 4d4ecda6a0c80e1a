import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { haveServers, runProgram, serverProgram } from './programs';

const before = process.env['TEST_SERVERS'];
let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-servers-'));
  fs.mkdirSync(path.join(folder, 'alertmanager'));
  fs.writeFileSync(path.join(folder, 'alertmanager/amtool'), '');
  process.env['TEST_SERVERS'] = folder;
});

afterEach(() => {
  fs.rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env['TEST_SERVERS'];
  else process.env['TEST_SERVERS'] = before;
});

it('names the command that builds the servers when their folder is not set', () => {
  delete process.env['TEST_SERVERS'];
  expect(() => serverProgram('jaeger', 'jaeger')).toThrow(/TEST_SERVERS.*not set.*npm run e2e/);
  expect(() => haveServers('jaeger')).toThrow('npm run e2e');
});

it('finds a program, and names the folder and the command for one that is not there', () => {
  expect(serverProgram('alertmanager', 'amtool')).toBe(path.join(folder, 'alertmanager/amtool'));
  expect(() => serverProgram('alertmanager', 'alertmanager')).toThrow(
    `No alertmanager in ${folder}/alertmanager (TEST_SERVERS): \`npm run e2e\` builds the servers`,
  );
});

it('has a server only with all its programs', () => {
  expect(haveServers('alertmanager')).toBe(false);
  fs.writeFileSync(path.join(folder, 'alertmanager/alertmanager'), '');
  expect(haveServers('alertmanager')).toBe(true);
  expect(haveServers('alertmanager', 'collector')).toBe(false);
});

it('gives a program no variables but those to run and those given', () => {
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'service.name=leaked';
  try {
    const { code, output } = runProgram('/usr/bin/env', [], { env: { GIVEN: 'yes' } });
    expect({ code, names: output.match(/^\w+(?==)/gm)?.sort() }).toEqual({
      code: 0,
      names: ['GIVEN', 'HOME', 'LC_ALL', 'PATH', 'TZ'],
    });
  } finally {
    delete process.env['OTEL_RESOURCE_ATTRIBUTES'];
  }
});

it('has both streams and the exit code of a program, and throws when there is none', () => {
  expect(runProgram('/bin/sh', ['-c', 'echo out; echo err >&2; exit 3'])).toEqual({
    code: 3,
    output: 'out\nerr\n',
  });
  expect(() => runProgram('/no/such/program', [])).toThrow('ENOENT');
});
