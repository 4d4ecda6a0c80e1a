import { existsSync } from 'node:fs';
import * as path from 'node:path';
import type { Finding } from '../../finding';
import { PROFILE_NAMES } from '../files';
import { firstProgram, runProgram } from './program';
import { checkRoutes } from './routes';

/** What a tool is called, and whom its absence leaves unchecked. */
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
    { check: 'promtool test rules', file: file('rules.test.yaml'), args: (it) => ['test', 'rules', it] },
    { check: 'promtool check config', file: file('prometheus.yaml'), args: (it) => ['check', 'config', it] },
  ]);
}

export async function checkAlertmanager(out: string, given: string | undefined): Promise<Finding[]> {
  const config = path.join('alertmanager', 'alertmanager.yaml');
  const findings = await checkBy(AMTOOL, given, out, [
    { check: 'amtool check-config', file: config, args: (it) => ['check-config', it] },
  ]);
  if (findings.some(({ status }) => status !== 'ok')) return findings;
  const program = (await programOf(AMTOOL, given, out)) as string;
  return [...findings, await checkRoutes(out, program)];
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
    // In its folder: rule files and unit tests name each other by relative paths.
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
