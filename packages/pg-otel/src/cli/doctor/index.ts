import { parseArgs } from 'node:util';
import { packageVersion } from '../../package-version';
import { BadInput, shown } from '../bad-input';
import { type Command, EXIT } from '../command';
import { type Finding, render } from '../finding';
import { checkInstallation, checkNode } from './installed';
import { notStarted } from './not-started';
import { checkProgram } from './program';
import { checkApi, checkOpenTelemetry } from './shared-packages';

export const doctor: Command = {
  summary: 'Says whether telemetry of this application arrives, and what to do if not',
  help: `Usage: pg-otel doctor [options]
       pg-otel doctor [options] -- <command that starts the application>

Checks, with the environment and in the folder of the application: versions, what is instrumented and what stands in
the way, the exporters, and one span from here to the receiver.

With a command, as in pg-otel doctor -- node app.js, it runs the real program and reports whose SDK receives its
telemetry, where that is sent, and what is instrumented. The program is ended by SIGTERM when nothing has changed for
5 s. What it writes goes to stderr.

Options:
  --query            Also run SELECT 1 on the database of DATABASE_URL or PG*
  --seconds <n>      How long the program runs at most; default 60
  --json             The findings as JSON

Exit code: 0 all well, 1 a problem was found, 2 wrong arguments
`,
  async run(args, io) {
    const end = args.includes('--') ? args.indexOf('--') : args.length;
    const { values: options } = parseArgs({
      args: args.slice(0, end),
      options: { json: { type: 'boolean' }, query: { type: 'boolean' }, seconds: { type: 'string' } },
    });
    const command = args.slice(end + 1);
    const limitMillis = Number(options.seconds ?? 60) * 1_000;
    const mistake = mistakeIn(options, command.length > 0, limitMillis);
    if (mistake !== undefined) {
      io.err(`${mistake}\nSee pg-otel doctor --help\n`);
      return EXIT.badInput;
    }
    try {
      const findings =
        command.length > 0
          ? [...checkInstalled(io.cwd), ...(await checkProgram(command, io.cwd, limitMillis, io.relay))]
          : await examine(io.cwd, options.query ?? false);
      const ok = findings.every(({ status }) => status !== 'problem');
      io.out(options.json ? `${JSON.stringify(report(ok, findings), undefined, 2)}\n` : render(findings));
      return ok ? EXIT.ok : EXIT.problem;
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      io.err(`${error.message}\n`);
      return EXIT.badInput;
    }
  },
};

function mistakeIn(
  options: { query?: boolean; seconds?: string },
  hasProgram: boolean,
  limitMillis: number,
): string | undefined {
  if (!(limitMillis > 0))
    return `--seconds must be a number greater than 0, got ${shown(options.seconds ?? '')}`;
  if (hasProgram && options.query) return '--query has no effect with a program: that runs its own queries';
  if (!hasProgram && options.seconds !== undefined)
    return '--seconds has no effect without a program: pg-otel doctor -- node app.js';
  return undefined;
}

/** What can be said without loading anything. */
function checkInstalled(cwd: string): Finding[] {
  return [checkNode(), checkInstallation(cwd), checkOpenTelemetry(cwd), checkApi(cwd)];
}

/** What `--json` prints; documented in docs/reference/cli.md. */
function report(ok: boolean, findings: readonly Finding[]) {
  return { ok, version: packageVersion(__filename), node: process.versions.node, findings };
}

async function examine(cwd: string, withQuery: boolean): Promise<Finding[]> {
  const warnings = collectWarnings();
  return [...checkInstalled(cwd), ...(await telemetry(cwd, withQuery)), ...warnings()];
}

/** Loaded only now: when a package that it needs is missing, that is a finding. */
async function telemetry(cwd: string, withQuery: boolean): Promise<Finding[]> {
  let module: typeof import('./telemetry.js');
  try {
    module = await import('./telemetry.js');
  } catch (error) {
    return [notStarted(error instanceof Error ? error : new Error(String(error)))];
  }
  return module.examineTelemetry(cwd, withQuery);
}

/** Process warnings become findings, instead of lines between them. */
function collectWarnings(): () => Finding[] {
  const seen: Finding[] = [];
  process.removeAllListeners('warning');
  process.on('warning', ({ message, name, code }: Error & { code?: string }) => {
    // The finding `start` says it.
    if (code === 'PG_OTEL_NOT_STARTED') return;
    seen.push({
      check: 'warning',
      status: name === 'PgOtelWarning' ? 'problem' : 'note',
      message: `${code ?? name}: ${message}`,
    });
  });
  return () => seen;
}
