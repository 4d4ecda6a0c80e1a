import { existsSync } from 'node:fs';
import * as path from 'node:path';
import type { Finding } from '../../finding';
import { PROFILE_NAMES } from '../files';
import { firstProgram, runProgram } from './program';

/** A tool: the names that its program may have, and the option that names another program. */
interface Tool {
  readonly option: string;
  readonly programs: readonly string[];
}

const OTELCOL: Tool = { option: '--otelcol', programs: ['otelcol-contrib', 'otelcol'] };
const PROMTOOL: Tool = { option: '--promtool', programs: ['promtool'] };
const AMTOOL: Tool = { option: '--amtool', programs: ['amtool'] };

/** One run of a tool on a file. */
interface Run {
  readonly check: string;
  readonly file: string;
  args(file: string): readonly string[];
}

export function checkCollector(out: string, given: string | undefined): Promise<Finding[]> {
  const runs = PROFILE_NAMES.map((profile) => ({
    check: `${profile}: otelcol validate`,
    file: path.join(profile, 'collector.yaml'),
    args: (file: string) => ['validate', `--config=${file}`],
  }));
  return checkBy(OTELCOL, given, out, runs);
}

export function checkPrometheus(out: string, given: string | undefined): Promise<Finding[]> {
  const file = (name: string) => path.join('prometheus', name);
  return checkBy(PROMTOOL, given, out, [
    { check: 'promtool check rules', file: file('rules.yaml'), args: (it) => ['check', 'rules', it] },
    { check: 'promtool check config', file: file('prometheus.yaml'), args: (it) => ['check', 'config', it] },
  ]);
}

export function checkAlertmanager(out: string, given: string | undefined): Promise<Finding[]> {
  return checkBy(AMTOOL, given, out, [
    {
      check: 'amtool check-config',
      file: path.join('alertmanager', 'alertmanager.yaml'),
      args: (file) => ['check-config', file],
    },
  ]);
}

async function checkBy(
  tool: Tool,
  given: string | undefined,
  out: string,
  runs: readonly Run[],
): Promise<Finding[]> {
  const present = runs.filter(({ file }) => existsSync(path.join(out, file)));
  if (present.length === 0) return [];
  const program = await programOf(tool, given, out);
  if (program === undefined) {
    const message = `not checked: ${absent(given === undefined ? tool.programs : [given])}`;
    return present.map(({ check }) => ({
      check,
      status: 'skipped',
      message,
      advice: `${tool.option} <program>`,
    }));
  }
  const findings: Finding[] = [];
  for (const { check, file, args } of present) {
    // Runs in the folder of the file, because a configuration names its rule files by relative paths.
    const outcome = await runProgram(program, args(path.join(out, file)), {
      cwd: path.dirname(path.join(out, file)),
    });
    findings.push(
      outcome.kind === 'passed'
        ? { check, status: 'ok', message: file }
        : {
            check,
            status: 'problem',
            message: `${file}: ${outcome.kind === 'failed' ? outcome.output : 'gone'}`,
          },
    );
  }
  return findings;
}

function absent(programs: readonly string[]): string {
  const [only] = programs;
  return programs.length === 1
    ? `${only} is not installed`
    : `neither ${programs.join(' nor ')} is installed`;
}

function programOf(tool: Tool, given: string | undefined, cwd: string): Promise<string | undefined> {
  return firstProgram(given === undefined ? tool.programs : [given], cwd);
}
