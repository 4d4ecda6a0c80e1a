import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { BadInput } from '../../bad-input';
import { type Command, EXIT } from '../../command';
import { type Finding, render } from '../../finding';
import { outputsOf } from '../build/outputs';
import { PROFILE_NAMES, thresholdsFile } from '../files';
import { checkAlertmanager, checkCollector, checkPrometheus } from './tools';

export const check: Command = {
  summary: 'Checks what was compiled, by the servers’ own tools where they are installed',
  help: `Usage: pg-otel alerts check [options]

Checks the thresholds, that the files beside them are what they compile to, and those files by the tools of those who
read them: the collector's \`validate\`, promtool (unit tests of the rules included), amtool (routes included). What is
not installed is skipped, and counted in the last line.

Options:
  --thresholds <file>   Default collector-config/thresholds.yaml
  --out <folder>        Where the compiled files are; default: the folder of the thresholds
  --otelcol <program>   Default: otelcol-contrib or otelcol
  --promtool <program>  Default: promtool
  --amtool <program>    Default: amtool
  --require-tools       A skipped check is a problem: for CI
  --json                The findings as JSON

Exit code: 0 no problem, 1 a problem was found, 2 bad input
`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        thresholds: { type: 'string' },
        out: { type: 'string' },
        otelcol: { type: 'string' },
        promtool: { type: 'string' },
        amtool: { type: 'string' },
        'require-tools': { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    try {
      const file = thresholdsFile(values.thresholds, io.cwd);
      const out = values.out === undefined ? path.dirname(file) : path.resolve(io.cwd, values.out);
      // Tools run in the folders of the files: a path of theirs is from where we were called.
      const program = (given: string | undefined) =>
        given?.includes(path.sep) ? path.resolve(io.cwd, given) : given;
      const all = [
        await checkOutputs(file, out),
        ...(await checkCollector(out, program(values.otelcol))),
        ...(await checkPrometheus(out, program(values.promtool))),
        ...(await checkAlertmanager(out, program(values.amtool))),
      ];
      const findings = values['require-tools'] ? all.map(required) : all;
      const ok = findings.every(({ status }) => status !== 'problem');
      io.out(values.json ? `${JSON.stringify({ ok, findings }, undefined, 2)}\n` : render(findings));
      return ok ? EXIT.ok : EXIT.problem;
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      io.err(`${error.message}\n`);
      return EXIT.badInput;
    }
  },
};

function required(finding: Finding): Finding {
  return finding.status === 'skipped' ? { ...finding, status: 'problem' } : finding;
}

/** Whoever changed a limit and did not compile it, has not changed it. */
async function checkOutputs(file: string, out: string): Promise<Finding> {
  const { outputs } = await outputsOf(file, out, PROFILE_NAMES);
  // A deployment has the profiles it has: what is not there is not out of date.
  const present = outputs.filter(({ state }) => state !== 'new');
  const changed = present.filter(({ state }) => state === 'changed').map((output) => output.path);
  const subject = { check: 'thresholds' };
  if (changed.length > 0) {
    return {
      ...subject,
      status: 'problem',
      message: `not what they compile to: ${changed.join(', ')}`,
      advice: 'pg-otel alerts build',
      details: { changed },
    };
  }
  if (present.length === 0) {
    return {
      ...subject,
      status: 'problem',
      message: 'nothing is compiled yet',
      advice: 'pg-otel alerts build',
    };
  }
  return { ...subject, status: 'ok', message: `${present.length} files are what they compile to` };
}
