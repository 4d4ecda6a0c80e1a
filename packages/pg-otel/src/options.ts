import type { Attributes } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { PostgresInstrumentationConfig } from '@pg-otel/instrumentation';

/** Node runs a timer with a longer time at once. Not imported from the settings: start.ts imports this file, and it imports none. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** The options of `start()`. All are optional; the standard `OTEL_*` environment variables configure everything else. */
export interface StartOptions {
  /** Options of the Postgres instrumentation. Default: `PG_OTEL_*` variables, else the instrumentation's defaults. */
  readonly instrumentation?: PostgresInstrumentationConfig;
  /**
   * Further instrumentations, which are started in the same SDK. Default: none. Installed instrumentations of HTTP and of
   * frameworks are registered anyway, unless `PG_OTEL_INSTRUMENTATIONS` excludes them.
   */
  readonly instrumentations?: readonly Instrumentation[];
  /**
   * Resource attributes such as `service.name`: strings, numbers, booleans or arrays of them. They take precedence over
   * `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME`. Default: none.
   */
  readonly resourceAttributes?: Attributes;
  /**
   * Time between two exports of metrics in milliseconds, greater than 0 and not above 2147483647. Default: `OTEL_METRIC_EXPORT_INTERVAL`, else
   * 10000.
   */
  readonly metricExportIntervalMillis?: number;
}

interface Rule {
  readonly accepted: string;
  accepts(value: unknown): boolean;
}

const rules: Record<keyof StartOptions, Rule> = {
  instrumentation: { accepted: 'an object of instrumentation options', accepts: isObject },
  instrumentations: {
    accepted: 'an array of OpenTelemetry instrumentations',
    accepts: (value) => Array.isArray(value) && value.every((entry) => isObject(entry) && 'enable' in entry),
  },
  resourceAttributes: {
    accepted: 'an object of strings, numbers, booleans or arrays of them',
    accepts: (value) => isObject(value) && Object.values(value).flat().every(isAttributeValue),
  },
  metricExportIntervalMillis: {
    accepted: `a number of milliseconds greater than 0 and not above ${MAX_TIMER_MILLIS}`,
    accepts: (value) => typeof value === 'number' && value > 0 && value <= MAX_TIMER_MILLIS,
  },
};

/** @throws TypeError that names the option, the accepted values and the type or number that was given */
export function validateOptions(options: unknown): asserts options is StartOptions {
  if (!isObject(options)) throw new TypeError(`start() takes an object of options, got ${describe(options)}`);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!isRule(name)) {
      throw new TypeError(
        `start() has no option ${JSON.stringify(name)}; it has ${Object.keys(rules).join(', ')}`,
      );
    }
    const { accepted, accepts } = rules[name];
    if (!accepts(value))
      throw new TypeError(`start() option ${name} must be ${accepted}, got ${describe(value)}`);
  }
}

function isRule(name: string): name is keyof StartOptions {
  return Object.hasOwn(rules, name);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAttributeValue(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Names only the type of strings and objects, because an option may contain a secret. */
function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
