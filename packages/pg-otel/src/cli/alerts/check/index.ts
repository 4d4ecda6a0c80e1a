import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { BadInput } from '../../bad-input';
import { type Command, EXIT } from '../../command';
import { type Finding, render } from '../../finding';
import { outputsOf } from '../build/outputs';
import { PROFILE_NAMES, thresholdsFile } from '../files';
import { checkAlertmanager, checkCollector, checkPrometheus } from './tools';

export const check: Command = {
  summary: 'Checks the compiled files, with the tools of collector, Prometheus and Alertmanager',
  help: `Usage: pg-otel alerts check [options]

Checks that the thresholds are valid, that the compiled files are up to date, and that the servers accept them:

  collector     otelcol validate
  Prometheus    promtool check rules, promtool check config
  Alertmanager  amtool check-config

A tool that is not installed is skipped, and the last line counts the skipped checks.

Options:
  --thresholds <file>   Default collector-config/thresholds.yaml
  --out <folder>        The folder of the compiled files; default: the folder of the thresholds
  --otelcol <program>   Default: otelcol-contrib or otelcol
  --promtool <program>  Default: promtool
  --amtool <program>    Default: amtool
  --require-tools       Report a skipped check as a problem (for CI)
  --json                Print the findings as JSON

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
      // Tools run in the folders of the files, but a path on the command line is relative to the current folder.
      const program = (given: string | undefined) =>
        given?.includes(path.sep) ? path.resolve(io.cwd, given) : given;
      const all = [
        await checkOutputs(file, out, io.cwd),
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

/** A threshold that was changed and not compiled has no effect. */
async function checkOutputs(file: string, out: string, cwd: string): Promise<Finding> {
  const { outputs } = await outputsOf(file, out, PROFILE_NAMES, cwd);
  // A deployment may use only some profiles, so a missing file is not out of date.
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
