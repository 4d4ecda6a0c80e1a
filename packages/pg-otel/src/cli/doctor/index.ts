import { Console } from 'node:console';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageVersion } from '../../package-version';
import type { PgOtel } from '../../start';
import { BadInput, shown } from '../bad-input';
import { type Command, EXIT } from '../command';
import { type Finding, render } from '../finding';
import { checkCopies } from './copies';
import { checkInstallation, checkNode } from './installed';
import { checkProgram } from './program';
import { checkApi, checkOpenTelemetry } from './shared-packages';
import { checkWarning } from './warning';

export const doctor: Command = {
  summary: 'Checks whether the telemetry of this application is received, and advises what to do',
  help: `Usage: pg-otel doctor [options]
       pg-otel doctor [options] -- <command that starts the application>

Run it in the folder of the application, with its environment. It checks the versions, what is instrumented and what
prevents that, and the exporters, and sends one span to the receiver.

With a command, as in pg-otel doctor -- node app.js, it runs the program and reports which SDK receives its telemetry,
where that is sent, and what is instrumented. It ends the program by SIGTERM when nothing has changed for 5 s. The output
of the program goes to stderr.

Options:
  --query            Also run SELECT 1 on the database of DATABASE_URL or PG*, and check what can be asked there
                     about slow queries
  --seconds <n>      Maximum run time of the program; default 60
  --json             Print the findings as JSON

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
  if (hasProgram && options.query) return '--query has no effect with a program, which runs its own queries';
  if (!hasProgram && options.seconds !== undefined)
    return '--seconds has no effect without a program: pg-otel doctor -- node app.js';
  return undefined;
}

/** The checks that load nothing. */
function checkInstalled(cwd: string): Finding[] {
  return [checkNode(), checkInstallation(cwd), checkOpenTelemetry(cwd), checkApi(cwd), ...checkCopies(cwd)];
}

/** The output of `--json`, which docs/reference/cli.md describes. */
function report(ok: boolean, findings: readonly Finding[]) {
  return { ok, version: packageVersion(__filename), node: process.versions.node, findings };
}

async function examine(cwd: string, withQuery: boolean): Promise<Finding[]> {
  const warnings = collectWarnings();
  const findings = [...checkInstalled(cwd), ...(await telemetry(cwd, withQuery))];
  // Node emits the warning of a failed export in the next tick.
  await nextTurn();
  return [...findings, ...warnings()];
}

/** Loads and starts pg-otel only here, because a missing package is a finding. */
async function telemetry(cwd: string, withQuery: boolean): Promise<Finding[]> {
  // Exporters that print, such as `console`, write to it. Standard output has the findings.
  globalThis.console = new Console(process.stderr);
  let checks: typeof import('./telemetry.js');
  let otel: PgOtel;
  try {
    checks = await import('./telemetry.js');
    otel = checks.startHere();
  } catch (error) {
    return [failedStart(error instanceof Error ? error : new Error(String(error)))];
  }
  return checks.examineTelemetry(otel, cwd, withQuery);
}

function failedStart({ message }: Error): Finding {
  const [reason = ''] = message.split('\n');
  const advice = 'Install or update what is named here: pg-otel/register starts nothing without it.';
  return { check: 'start', status: 'problem', message: reason, advice };
}

/** Collects process warnings as findings, so that they are not printed between the others. */
function collectWarnings(): () => Finding[] {
  const seen: Finding[] = [];
  process.removeAllListeners('warning');
  process.on('warning', ({ message, name, code }: Error & { code?: string }) => {
    // The findings `start` and `managed pools` have the same messages.
    if (code === 'PG_OTEL_NOT_STARTED' || code === 'PG_OTEL_POOLS_NOT_MANAGED') return;
    seen.push(
      name === 'PgOtelWarning'
        ? checkWarning(code ?? name, message)
        : { check: 'warning', status: 'note', message: `${code ?? name}: ${message}` },
    );
  });
  return () => seen;
}
