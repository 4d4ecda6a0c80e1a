import { parseArgs } from 'node:util';
import { isTrue, text } from '../../environment';
import { startFailure } from '../../not-started';
import { packageVersion } from '../../package-version';
import type { Signal } from '../../pipeline/otlp';
import { globalProviders } from '../../providers';
import { type PgOtel, runningPgOtel, start } from '../../start';
import { BadInput, shown } from '../bad-input';
import { type Command, EXIT } from '../command';
import { type Finding, render } from '../finding';
import { checkDriver } from './driver';
import { checkExporter } from './endpoint';
import {
  checkApi,
  checkBundling,
  checkDoubled,
  checkInstallation,
  checkNode,
  checkOpenTelemetry,
} from './installed';
import { checkInstrumentations } from './instrumentations';
import { checkLimits } from './limits';
import { checkOwnSdk } from './own-sdk';
import { checkProgram } from './program';
import { checkQuery, checkSample } from './sample';
import { checkThresholds } from './thresholds';

const signals: readonly Signal[] = ['traces', 'metrics', 'logs'];

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
          ? [...checkInstalled(io.cwd), ...(await checkProgram(command, io.cwd, limitMillis, io.err))]
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
  return [checkNode(), checkInstallation(cwd), checkOpenTelemetry(), checkApi(cwd)];
}

/** What `--json` prints; documented in docs/front-door.md. */
function report(ok: boolean, findings: readonly Finding[]) {
  return { ok, version: packageVersion(__filename), node: process.versions.node, findings };
}

async function examine(cwd: string, withQuery: boolean): Promise<Finding[]> {
  const warnings = collectWarnings();
  const findings = checkInstalled(cwd);
  const otel = startHere();
  if (otel instanceof Error) return [...findings, notStarted(otel), ...warnings()];
  findings.push(...checkDriver(cwd), checkDoubled(cwd), checkInstrumentations(), ...checkLimits());
  findings.push(...(await checkThresholds(cwd)));
  findings.push(checkServiceName(), checkProviders());
  const exporters = await Promise.all(signals.map(checkExporter));
  findings.push(...exporters);
  if (withQuery) findings.push(await checkQuery(cwd));
  findings.push(await sample(otel, exporters), checkOwnSdk(cwd), checkBundling(cwd));
  return [...findings, ...warnings()];
}

/** With `pg-otel/register` in NODE_OPTIONS it runs already. */
function startHere(): PgOtel | Error {
  const running = runningPgOtel() ?? start();
  return startFailure() ?? running;
}

function notStarted({ message }: Error): Finding {
  return { check: 'start', status: 'problem', message, advice: 'pg-otel/register starts nothing either.' };
}

/** With nobody listening, the exporter would try for ten seconds to learn what is known. */
function sample(otel: PgOtel, [traces]: readonly Finding[]): Promise<Finding> | Finding {
  if (traces?.status === 'problem')
    return { check: 'sample span', status: 'skipped', message: 'traces go nowhere' };
  return checkSample(otel);
}

function checkProviders(): Finding {
  const check = 'providers';
  if (isTrue('OTEL_SDK_DISABLED')) {
    const advice = 'Nothing is measured or sent while it is true.';
    return { check, status: 'problem', message: 'OTEL_SDK_DISABLED is true', advice };
  }
  const present = [...globalProviders().keys()];
  const message = present.length > 0 ? present.join(', ') : 'none: every exporter is off';
  const file = text('OTEL_CONFIG_FILE');
  const from = file === undefined ? '' : ` (from OTEL_CONFIG_FILE)`;
  return {
    check,
    status: present.length > 0 ? 'ok' : 'problem',
    message: message + from,
    details: { present },
  };
}

function checkServiceName(): Finding {
  const check = 'service.name';
  const isSet =
    text('OTEL_SERVICE_NAME') ?? text('OTEL_RESOURCE_ATTRIBUTES')?.match(/(^|,)\s*service\.name\s*=/);
  if (isSet) return { check, status: 'ok', message: 'set by the environment' };
  return {
    check,
    status: 'note',
    message: 'not set by the environment: telemetry comes from unknown_service',
    advice: 'OTEL_SERVICE_NAME=orders, unless the code that calls start() sets it.',
  };
}

/** Process warnings become findings, instead of lines between them. */
function collectWarnings(): () => Finding[] {
  const seen: Finding[] = [];
  process.removeAllListeners('warning');
  process.on('warning', ({ message, name, code }: Error & { code?: string }) => {
    seen.push({
      check: 'warning',
      status: name === 'PgOtelWarning' ? 'problem' : 'note',
      message: `${code ?? name}: ${message}`,
    });
  });
  return () => seen;
}
