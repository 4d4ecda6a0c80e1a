import { parseArgs } from 'node:util';
import { isTrue, text } from '../../environment';
import { startFailure } from '../../not-started';
import { packageVersion } from '../../package-version';
import type { Signal } from '../../pipeline/otlp';
import { globalProviders } from '../../providers';
import { type PgOtel, runningPgOtel, start } from '../../start';
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
import { checkQuery, checkSample } from './sample';
import { checkThresholds } from './thresholds';

const signals: readonly Signal[] = ['traces', 'metrics', 'logs'];

export const doctor: Command = {
  summary: 'Says whether telemetry of this application arrives, and what to do if not',
  help: `Usage: pg-otel doctor [options]

Checks, with the environment and in the folder of the application: versions, what is instrumented and what stands in
the way, the exporters, and one span from here to the receiver.

Options:
  --query  Also run SELECT 1 on the database of DATABASE_URL or PG*
  --json   The findings as JSON

Exit code: 0 all well, 1 a problem was found, 2 wrong arguments
`,
  async run(args, io) {
    const { values: options } = parseArgs({
      args,
      options: { json: { type: 'boolean' }, query: { type: 'boolean' } },
    });
    const findings = await examine(io.cwd, options.query ?? false);
    const ok = findings.every(({ status }) => status !== 'problem');
    io.out(options.json ? `${JSON.stringify(report(ok, findings), undefined, 2)}\n` : render(findings));
    return ok ? EXIT.ok : EXIT.problem;
  },
};

/** What `--json` prints; documented in docs/front-door.md. */
function report(ok: boolean, findings: readonly Finding[]) {
  return { ok, version: packageVersion(__filename), node: process.versions.node, findings };
}

async function examine(cwd: string, withQuery: boolean): Promise<Finding[]> {
  const warnings = collectWarnings();
  const findings = [checkNode(), checkInstallation(cwd), checkOpenTelemetry(), checkApi(cwd)];
  const otel = startHere();
  if (otel instanceof Error) return [...findings, notStarted(otel), ...warnings()];
  findings.push(...checkDriver(cwd), checkDoubled(cwd), checkInstrumentations(), ...checkLimits());
  findings.push(...(await checkThresholds(cwd)));
  findings.push(checkServiceName(), checkProviders());
  const exporters = await Promise.all(signals.map(checkExporter));
  findings.push(...exporters);
  if (withQuery) findings.push(await checkQuery(cwd));
  findings.push(await sample(otel, exporters), checkBundling(cwd));
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
