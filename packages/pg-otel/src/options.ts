import type { Attributes } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { PostgresInstrumentationConfig } from '@pg-otel/instrumentation';

/** What `start()` takes on top of the standard `OTEL_*` environment variables; all of it optional. */
export interface StartOptions {
  /** Options of the Postgres instrumentation. */
  readonly instrumentation?: PostgresInstrumentationConfig;
  /** Further instrumentations (HTTP, a web framework), started in the same SDK. Default: none. */
  readonly instrumentations?: readonly Instrumentation[];
  /** Resource attributes such as `service.name`; they outweigh `OTEL_RESOURCE_ATTRIBUTES`. Default: none. */
  readonly resourceAttributes?: Attributes;
  /** Milliseconds between two exports of metrics. Default: `OTEL_METRIC_EXPORT_INTERVAL`, else 10000. */
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
    accepted: 'a number of milliseconds greater than 0',
    accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
  },
};

/** @throws TypeError that names the option, what was given and what is accepted */
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

/** Strings and objects by their kind only: an option may hold what does not belong in an error. */
function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value == null) return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
