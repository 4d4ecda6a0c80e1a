import { isTrue, text } from '../../environment';
import { startFailure } from '../../not-started';
import type { Signal } from '../../pipeline/otlp';
import { globalProviders } from '../../providers';
import { type PgOtel, runningPgOtel, start } from '../../start';
import type { Finding } from '../finding';
import { checkDriver } from './driver';
import { checkExporter } from './endpoint';
import { checkBundling, checkDoubled } from './installed';
import { checkInstrumentations } from './instrumentations';
import { checkLimits } from './limits';
import { notStarted } from './not-started';
import { checkOwnSdk } from './own-sdk';
import { checkQuery, checkSample } from './sample';
import { checkThresholds } from './thresholds';

const signals: readonly Signal[] = ['traces', 'metrics', 'logs'];

/** What is measured here and where it goes, with pg-otel started in this process. */
export async function examineTelemetry(cwd: string, withQuery: boolean): Promise<Finding[]> {
  const otel = startHere();
  if (otel instanceof Error) return [notStarted(otel)];
  const findings = [...checkDriver(cwd), checkDoubled(cwd), checkInstrumentations(), ...checkLimits()];
  findings.push(...(await checkThresholds(cwd)));
  findings.push(checkServiceName(), checkProviders());
  const exporters = await Promise.all(signals.map(checkExporter));
  findings.push(...exporters);
  if (withQuery) findings.push(await checkQuery(cwd));
  findings.push(await sample(otel, exporters), checkOwnSdk(cwd), checkBundling(cwd));
  return findings;
}

/** With `pg-otel/register` in NODE_OPTIONS it runs already. */
function startHere(): PgOtel | Error {
  const running = runningPgOtel() ?? start();
  return startFailure() ?? running;
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
