import { globalProviders, type SignalName } from '../../api-registry';
import { isTrue, variable } from '../../environment';
import { startFailure } from '../../not-started';
import { type PgOtel, runningPgOtel, start } from '../../start';
import type { Finding } from '../finding';
import { checkBundling } from './bundling';
import { checkDiagnosis } from './diagnosis';
import { checkDriver } from './driver';
import { checkExporter } from './endpoint';
import { checkLimits } from './limits';
import { checkManagedPools } from './managed-pools';
import { checkDoubled, checkInstrumentations } from './other-instrumentations';
import { checkOwnSdk } from './own-sdk';
import { checkQuery, checkSample } from './sample';
import { checkThresholds } from './thresholds';

const signals: readonly SignalName[] = ['traces', 'metrics', 'logs'];

/** Checks what is instrumented and where the telemetry goes, with pg-otel started in this process. */
export async function examineTelemetry(otel: PgOtel, cwd: string, withQuery: boolean): Promise<Finding[]> {
  const findings = [...checkDriver(cwd), checkDoubled(cwd), checkInstrumentations(), ...checkLimits()];
  findings.push(...checkManagedPools(cwd));
  findings.push(...(await checkThresholds(cwd)));
  findings.push(checkServiceName(), checkProviders());
  const exporters = await Promise.all(signals.map(checkExporter));
  findings.push(...exporters);
  if (withQuery) findings.push(await checkQuery(cwd), await checkDiagnosis(cwd));
  findings.push(await sample(otel, exporters), checkOwnSdk(cwd), checkBundling(cwd));
  return findings;
}

/**
 * Starts pg-otel in this process, unless `pg-otel/register` in NODE_OPTIONS has started it.
 * @throws the error that prevents the start
 */
export function startHere(): PgOtel {
  const running = runningPgOtel() ?? start();
  const failure = startFailure();
  if (failure !== undefined) throw failure;
  return running;
}

/** Skipped when there is no receiver, because the exporter would retry for ten seconds. */
function sample(otel: PgOtel, [traces]: readonly Finding[]): Promise<Finding> | Finding {
  if (traces?.status === 'problem')
    return { check: 'sample span', status: 'skipped', message: 'traces are not received' };
  return checkSample(otel);
}

function checkProviders(): Finding {
  const check = 'providers';
  if (isTrue('OTEL_SDK_DISABLED')) {
    const advice = 'Unset it: while it is true, nothing is measured or exported.';
    return { check, status: 'problem', message: 'OTEL_SDK_DISABLED is true', advice };
  }
  const present = [...globalProviders().keys()];
  const message = present.length > 0 ? present.join(', ') : 'none: every exporter is off';
  const file = variable('OTEL_CONFIG_FILE');
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
    variable('OTEL_SERVICE_NAME') ?? variable('OTEL_RESOURCE_ATTRIBUTES')?.match(/(^|,)\s*service\.name\s*=/);
  if (isSet) return { check, status: 'ok', message: 'set by the environment' };
  return {
    check,
    status: 'note',
    message: 'not set by the environment: telemetry is reported as unknown_service',
    advice: 'Set OTEL_SERVICE_NAME=orders, unless the code that calls start() sets it.',
  };
}
