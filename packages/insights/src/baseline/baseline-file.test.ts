import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { BaselineFile } from './baseline-file';

const LEARNT: Record<string, [number, number][]> = { 'SELECT orders': [[40, 200]] };
const WRITTEN = '{"version":1,"statements":{"SELECT orders":[[40,200]]}}\n';

let folder: string;
let file: string;
let warnings: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'baseline-'));
  file = path.join(folder, 'baseline.json');
  warnings = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

it('is read as it was written', () => {
  new BaselineFile(file).write(LEARNT);
  expect(readFileSync(file, 'utf8')).toBe(WRITTEN);
  expect(new BaselineFile(file).read()).toEqual(LEARNT);
  expect(readdirSync(folder)).toEqual(['baseline.json']);
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(warnings).toEqual([]);
});

it('no file is no problem', () => {
  expect(new BaselineFile(file).read()).toEqual({});
  expect(warnings).toEqual([]);
});

it.each([
  ['an empty file', ''],
  ['half a file', WRITTEN.slice(0, 20)],
  ['a JSON file of something else', '{"name":"shop","version":"1.0.0"}'],
  ['null', 'null'],
  ['a file without statements', '{"version":1}'],
  ['a file of another version', '{"version":2,"statements":{}}'],
  ['a binary file', '\u0000\u0001\ufffd'],
  ['a huge file', `${' '.repeat(4_000_000)}${WRITTEN}`],
])('%s is a warning and a new baseline, and is not lost', (_name, content) => {
  writeFileSync(file, content);
  const baseline = new BaselineFile(file);
  expect(baseline.read()).toEqual({});
  expect(warnings).toEqual([
    `baselineFile: ${file} is damaged, so a new baseline is learnt. It is kept as baseline.json.damaged.`,
  ]);
  baseline.write(LEARNT);
  expect(new BaselineFile(file).read()).toEqual(LEARNT);
  expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(content);
});

it.each([
  ['a directory', () => mkdirSync(file), 'not a file'],
  ['a device', () => symlinkSync('/dev/zero', file), 'not a file'],
  ['a link to itself', () => symlinkSync(file, file), 'ELOOP'],
])('%s is a warning, and stays as it is', (_name, create, reason) => {
  create();
  const baseline = new BaselineFile(file);
  expect(baseline.read()).toEqual({});
  baseline.write(LEARNT);
  expect(warnings).toEqual([
    expect.stringMatching(
      new RegExp(`^baselineFile: .* cannot be read, so the baseline is not kept \\(${reason}\\)\\.$`),
    ),
  ]);
  expect(readdirSync(folder)).toEqual(['baseline.json']);
  expect(lstatSync(file).isFile()).toBe(false);
});

it('the file that a symbolic link points to is replaced, and not the link', () => {
  const target = path.join(folder, 'target.json');
  writeFileSync(target, WRITTEN);
  symlinkSync(target, file);
  const baseline = new BaselineFile(file);
  expect(baseline.read()).toEqual(LEARNT);
  baseline.write({ ...LEARNT, 'SELECT items': [[1, 2]] });
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(JSON.parse(readFileSync(target, 'utf8')).statements).toHaveProperty(['SELECT items']);
});

it('a folder that does not exist is a warning, once', () => {
  const missing = path.join(folder, 'missing', 'baseline.json');
  const baseline = new BaselineFile(missing);
  expect(baseline.read()).toEqual({});
  baseline.write(LEARNT);
  baseline.write(LEARNT);
  expect(warnings).toEqual([`baselineFile: ${missing} cannot be written (ENOENT).`]);
});

it('removes what a process that died has left, and nothing else', () => {
  const leftover = `${file}.0b5f3a3e-7b1c-4d0e-9a55-3f2f0f6a1b2c.tmp`;
  const young = `${file}.1b5f3a3e-7b1c-4d0e-9a55-3f2f0f6a1b2c.tmp`;
  const others = [`${file}.bak`, `${file}.tmp`, path.join(folder, 'other.tmp')];
  for (const name of [leftover, young, ...others]) writeFileSync(name, 'x');
  for (const name of [leftover, ...others]) utimesSync(name, 0, 0);
  new BaselineFile(file).read();
  expect(existsSync(leftover)).toBe(false);
  expect([young, ...others].every((name) => existsSync(name))).toBe(true);
});
