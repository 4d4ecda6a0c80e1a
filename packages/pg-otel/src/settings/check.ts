import { propagation } from '@opentelemetry/api';
import { nearest } from '@pg-otel/instrumentation';
import { warn } from '../warnings';
import type { Setting } from './kinds';
import { PROPAGATORS, SETTINGS } from './settings';

/** The header that shows whether a propagator is registered. */
const headerOf = {
  tracecontext: 'traceparent',
  baggage: 'baggage',
  b3: 'b3',
  b3multi: 'x-b3-traceid',
  jaeger: 'uber-trace-id',
} as const;

/** Warns of propagators that this SDK does not have, such as Jaeger's in 3.x. Call it after the SDK has started. */
export function checkPropagators(registered: readonly string[] = propagation.fields()): void {
  const wanted = PROPAGATORS.read(process.env['OTEL_PROPAGATORS'] ?? '') ?? [];
  for (const name of wanted) {
    if (registered.includes(headerOf[name])) continue;
    warn(
      'PG_OTEL_SETTING',
      `OTEL_PROPAGATORS (from the environment) names ${name}, which this version of OpenTelemetry does not have; it is not used`,
    );
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Warns of each standard variable whose value is not accepted. The SDK and its exporters read most of them and report
 * mistakes to `diag` only. It never throws, because a wrong setting must not stop the application.
 */
export function checkSettings(environment: Environment = process.env): void {
  for (const message of mistakesIn(environment)) warn('PG_OTEL_SETTING', message);
}

/** The same for one variable that applies without an SDK of ours, too. */
export function checkSetting(name: string, environment: Environment = process.env): void {
  for (const message of mistakesOf(name, environment)) warn('PG_OTEL_SETTING', message);
}

export function mistakesIn(environment: Environment): string[] {
  const isSet = (name: string) => isSetIn(environment, name);
  return [
    ...Object.keys(SETTINGS).flatMap((name) => mistakesOf(name, environment)),
    ...(isSet('OTEL_TRACES_SAMPLER_ARG') && !isSet('OTEL_TRACES_SAMPLER') ? [ARGUMENT_ALONE] : []),
    ...Object.keys(environment).flatMap((name) => (isSet(name) ? misspelt(name) : [])),
  ];
}

const isSetIn = (environment: Environment, name: string): boolean => (environment[name]?.trim() ?? '') !== '';

const ARGUMENT_ALONE =
  'OTEL_TRACES_SAMPLER_ARG (from the environment) has no effect without OTEL_TRACES_SAMPLER, ' +
  'such as parentbased_traceidratio';

function mistakesOf(name: string, environment: Environment): string[] {
  if (!isSetIn(environment, name)) return [];
  const written = environment[name] as string;
  const setting = SETTINGS[name] as Setting;
  const { accepted, fallback } = setting;
  const used = setting.read(written) ?? fallback;
  const using = used === undefined ? '' : `; using ${Array.isArray(used) ? used.join(', ') || 'none' : used}`;
  return setting
    .refused(written)
    .map((part) => `${name} must be ${accepted}, ${part} (from the environment)${using}`);
}

/** At most two letters may differ, because other programs have variables with this prefix too. */
function misspelt(name: string): string[] {
  if (!name.startsWith('OTEL_') || Object.hasOwn(SETTINGS, name)) return [];
  const meant = nearest(name, Object.keys(SETTINGS), 2);
  return meant === undefined ? [] : [`${name} (from the environment) has no effect (did you mean ${meant}?)`];
}
