import * as path from 'node:path';
import { BadInput } from '../../bad-input';
import { type Command, EXIT } from '../../command';
import { readArguments } from './arguments';
import { type Output, outputsOf, writeDefaults, writeOutputs } from './outputs';

/** A file in the list of what was written. */
type Listed = Pick<Output, 'path' | 'state'>;

export const build: Command = {
  summary: 'Compiles thresholds to collector, Prometheus, Alertmanager and Grafana configuration',
  help: `Usage: pg-otel alerts build [options]

Compiles a file of thresholds to everything that a deployment needs. Nothing is read or written elsewhere.

Options:
  --thresholds <file>  Default collector-config/thresholds.yaml
  --out <folder>       Default: the folder of the thresholds
  --profile <name>     single, standalone, agent or gateway (collectors), or prometheus (no collector: metrics are
                       scraped from the applications, or pushed by OTLP); may be repeated; default all of them
  --init               Write the default thresholds first, where there are none
  --check              Write nothing; exit code 1 if a file is out of date
  --json               What was written as JSON

Exit code: 0 written (or, with --check, nothing to write), 1 out of date, 2 bad input: with file, line and setting
`,
  async run(args, io) {
    try {
      const { isJson, isCheck, isInit, thresholds, out, profiles } = readArguments(args, io.cwd);
      const areDefaultsWritten = isInit && (await writeDefaults(thresholds, io.cwd));
      const { outputs, notes } = await outputsOf(thresholds, out, profiles, io.cwd);
      if (!isCheck) await writeOutputs(outputs, thresholds);
      const source: Listed = { path: path.relative(out, thresholds), state: 'new' };
      const files: readonly Listed[] = [
        ...(areDefaultsWritten ? [source] : []),
        ...outputs.map(({ path, state }) => ({ path, state })),
      ];
      io.out(
        isJson
          ? `${JSON.stringify({ out, notes, files }, undefined, 2)}\n`
          : rendered(io.cwd, out, files, notes, isCheck),
      );
      return isCheck && outputs.some(({ state }) => state !== 'unchanged') ? EXIT.problem : EXIT.ok;
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      io.err(`${error.message}\n`);
      return EXIT.badInput;
    }
  },
};

const SIGNS = { new: '+', changed: '~', unchanged: ' ' } as const;

function rendered(
  cwd: string,
  out: string,
  files: readonly Listed[],
  notes: readonly string[],
  isCheck: boolean,
): string {
  const folder = path.relative(cwd, out) || '.';
  const changed = files.filter(({ state }) => state !== 'unchanged').length;
  const sum =
    changed === 0
      ? 'Everything is up to date.'
      : isCheck
        ? `${changed} of ${files.length} files are out of date; run pg-otel alerts build`
        : `${changed} of ${files.length} files written.`;
  return [
    ...files.map((file) => `${SIGNS[file.state]} ${path.join(folder, file.path)}`),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `! ${note}`)]),
    '',
    sum,
    '',
  ].join('\n');
}
