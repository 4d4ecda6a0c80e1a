import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { DEFAULT_THRESHOLDS } from '@pg-otel/alerts';
import { runCommand } from '../run-command';
import { alerts } from '.';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'pg otel alerts '));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

/** As `pg-otel alerts …` in `cwd`. */
async function run(...args: string[]) {
  const told = { out: '', err: '' };
  const code = await runCommand('pg-otel alerts', alerts.commands, args, {
    cwd,
    isColoured: false,
    out: (text) => {
      told.out += text;
    },
    err: (text) => {
      told.err += text;
    },
  });
  return { code, ...told };
}

/** A program that passes everything. */
function installed(name: string): void {
  const file = path.join(cwd, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\nexit 0\n');
  chmodSync(file, 0o755);
}

describe('build', () => {
  it('writes the default thresholds and what they compile to, and says that it is up to date', async () => {
    expect(await run('build', '--check')).toMatchObject({ code: 2, err: expect.stringContaining('--init') });
    expect(await run('build', '--init')).toMatchObject({ code: 0, err: '' });
    expect(await run('build', '--check')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Everything is up to date.'),
    });
  });

  it('--check tells what has changed, and writes nothing', async () => {
    await run('build', '--init', '--profile', 'standalone');
    writeFileSync(path.join(cwd, 'collector-config/instrumentation.env'), 'changed');
    for (let time = 0; time < 2; time++) {
      const { code, out } = await run('build', '--check', '--json', '--profile', 'standalone');
      const { files } = JSON.parse(out) as { files: { path: string; state: string }[] };
      expect([code, files.filter(({ state }) => state !== 'unchanged')]).toEqual([
        1,
        [{ path: 'instrumentation.env', state: 'changed' }],
      ]);
    }
  });

  it('finds what this repository has committed up to date', async () => {
    const folder = path.resolve(__dirname, '../../../../../collector-config');
    const thresholds = path.join(folder, 'thresholds.yaml');
    expect(await run('build', '--check', '--thresholds', thresholds)).toMatchObject({ code: 0, err: '' });
    expect(readFileSync(DEFAULT_THRESHOLDS, 'utf8')).toBe(readFileSync(thresholds, 'utf8'));
  });

  it('says where it cannot write', async () => {
    writeFileSync(path.join(cwd, 'taken'), '');
    await run('build', '--init');
    expect(await run('build', '--out', 'taken')).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(/taken.* cannot be (read|written) \(ENOTDIR\)\n$/),
    });
  });
});

describe('check', () => {
  const tools = ['--otelcol', './bin/otelcol', '--promtool', 'bin/promtool', '--amtool', './bin/amtool'];

  it('finds a tool by a path from where it is called', async () => {
    await run('build', '--init');
    for (const name of ['otelcol', 'promtool', 'amtool']) installed(`bin/${name}`);
    const { code, out } = await run('check', '--json', ...tools);
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: { status: string }[] };
    expect([code, ok, new Set(findings.map(({ status }) => status))]).toEqual([0, true, new Set(['ok'])]);
  });

  it('says what was not checked, and by whose absence', async () => {
    await run('build', '--init');
    const { code, out } = await run('check', '--json', ...tools);
    const { findings } = JSON.parse(out) as {
      findings: { check: string; status: string; message: string }[];
    };
    expect(code).toBe(0);
    expect(findings.find(({ check }) => check === 'promtool check rules')).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('bin/promtool is not installed'),
    });
  });
});
