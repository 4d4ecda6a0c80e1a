import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BaselineFile } from '../src/baseline/baseline-file';

/** Processes that die while they write the file, and files that a process without rights may not use. */
const BUILT = path.resolve(__dirname, '..', 'dist', 'baseline', 'baseline-file.js');
const OLD = '{"version":1,"statements":{"SELECT orders":[[40,200]]}}\n';
const NOBODY = 65_534;
const KILLS = 40;
const STATEMENTS = 500;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'baseline-'));
  chmodSync(folder, 0o777);
  file = path.join(folder, 'baseline.json');
});
afterEach(() => {
  chmodSync(folder, 0o777);
  rmSync(folder, { recursive: true });
});

/** Writes the file again and again, each time with other counts. */
const WRITER = `
  const { BaselineFile } = require(${JSON.stringify(BUILT)});
  const file = new BaselineFile(process.argv[1]);
  file.read();
  const summaries = Array.from({ length: ${STATEMENTS} }, (_, nth) => 'SELECT table_' + nth);
  for (let count = 1; ; count += 1) {
    const buckets = Array.from({ length: 30 }, (_, bucket) => [bucket, count]);
    file.write(Object.fromEntries(summaries.map((summary) => [summary, buckets])));
    if (count === 1) console.log('written');
  }`;

async function startWriter(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', WRITER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  return child;
}

const leftovers = () => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

it(`is whole after each of ${KILLS} processes that were killed while they wrote it`, async () => {
  const warn = jest.spyOn(process, 'emitWarning');
  for (let nth = 0; nth < KILLS; nth += 1) {
    const child = await startWriter();
    await sleep(randomInt(20));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const statements = Object.values(new BaselineFile(file).read());
    expect(statements).toHaveLength(STATEMENTS);
    expect(new Set(statements.map((buckets) => JSON.stringify(buckets))).size).toBe(1);
  }
  expect(warn).not.toHaveBeenCalled();
  // The kills hit writes.
  expect(leftovers().length).toBeGreaterThan(0);
  for (const name of leftovers()) utimesSync(path.join(folder, name), 0, 0);
  new BaselineFile(file).read();
  expect(readdirSync(folder)).toEqual(['baseline.json']);
});

/** Reads and writes the file as a user without rights, then shows that it runs on. */
const USER = `
  const { BaselineFile } = require(${JSON.stringify(BUILT)});
  if (process.getuid() === 0) process.setuid(${NOBODY});
  process.on('warning', ({ code, message }) => console.log(code, message.replace(process.argv[1], 'FILE')));
  const file = new BaselineFile(process.argv[1]);
  console.log('read', Object.keys(file.read()).length);
  file.write(Object.fromEntries(Array.from({ length: 500 }, (_, nth) => ['SELECT ' + nth, [[40, 200]]])));
  setImmediate(() => console.log('runs on'));`;

function asUser(limit = ''): string[] {
  const command = `${limit}exec "${process.execPath}" -e "$1" "$2"`;
  const { stdout, stderr } = spawnSync('sh', ['-c', command, 'sh', USER, file], { encoding: 'utf8' });
  expect(stderr).toMatch(/^(\(node:\d+\) \[PG_OTEL_INSIGHTS_BASELINE\].*\n(\(Use .*\n)?)*$/);
  return stdout.trim().split('\n').sort();
}

it('a file that may not be read is a warning, and stays as it is', () => {
  writeFileSync(file, OLD);
  chmodSync(file, 0);
  expect(asUser()).toEqual([
    'PG_OTEL_INSIGHTS_BASELINE baselineFile: FILE cannot be read, so the baseline is not kept (EACCES).',
    'read 0',
    'runs on',
  ]);
  expect(readFileSync(file, 'utf8')).toBe(OLD);
});

it.each([
  ['a file that is read-only', () => chmodSync(file, 0o444)],
  ['a folder that is read-only', () => [chmodSync(file, 0o666), chmodSync(folder, 0o555)]],
])('%s is read, and a warning', (_name, protect) => {
  writeFileSync(file, OLD);
  protect();
  expect(asUser()).toEqual([
    'PG_OTEL_INSIGHTS_BASELINE baselineFile: FILE cannot be written (EACCES).',
    'read 1',
    'runs on',
  ]);
  expect(readFileSync(file, 'utf8')).toBe(OLD);
});

it('a damaged file in a read-only folder is one warning', () => {
  writeFileSync(file, 'damaged');
  chmodSync(file, 0o666);
  chmodSync(folder, 0o555);
  expect(asUser()).toEqual([
    'PG_OTEL_INSIGHTS_BASELINE baselineFile: FILE is damaged, so a new baseline is learnt, and is not kept (EACCES).',
    'read 0',
    'runs on',
  ]);
});

it('a disk that is full is a warning, and leaves the old file', () => {
  writeFileSync(file, OLD);
  chmodSync(file, 0o666);
  // The most bytes of a file that the process may write: as on a full disk, a write ends in the middle.
  expect(asUser('ulimit -f 4; ')).toEqual([
    'PG_OTEL_INSIGHTS_BASELINE baselineFile: FILE cannot be written (EFBIG).',
    'read 1',
    'runs on',
  ]);
  expect(readFileSync(file, 'utf8')).toBe(OLD);
  expect(leftovers()).toEqual([]);
});
