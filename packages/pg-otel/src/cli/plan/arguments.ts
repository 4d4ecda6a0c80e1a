import { parseArgs } from 'node:util';
import type { Environment, Limits } from '@pg-otel/pool-sizing';
import { BadInput, shown } from '../bad-input';

/** The parsed command line. */
export interface PlanArguments {
  readonly isJson: boolean;
  readonly limits: Limits;
  readonly metrics: MetricsSource | undefined;
}

/** The Prometheus server, the time range and the pool from which the load is read. */
export interface MetricsSource {
  readonly url: URL;
  /** The time range that is read, as a PromQL duration. */
  readonly window: string;
  /** The time over which the rate at the peak is averaged, as a PromQL duration. */
  readonly step: string;
  readonly pool: string | undefined;
  readonly service: string | undefined;
}

/**
 * @throws {BadInput}
 * @throws the error of `parseArgs` for invalid arguments
 */
export function readArguments(args: string[]): PlanArguments {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'boolean' },
      processes: { type: 'string' },
      'server-connections': { type: 'string' },
      'neon-cu': { type: 'string' },
      max: { type: 'string' },
      environment: { type: 'string' },
      'from-metrics': { type: 'string' },
      window: { type: 'string' },
      step: { type: 'string' },
      pool: { type: 'string' },
      service: { type: 'string' },
    },
  });
  const max = number('--max', values.max);
  return {
    isJson: values.json ?? false,
    limits: {
      processes: number('--processes', values.processes),
      serverConnections: number('--server-connections', values['server-connections']),
      neonComputeUnits: number('--neon-cu', values['neon-cu']),
      // The computation checks the value.
      environment: values.environment as Environment | undefined,
      ...(max !== undefined && { overrides: { max } }),
    },
    metrics: metricsSource(values),
  };
}

interface MetricsFlags {
  readonly 'from-metrics'?: string;
  readonly window?: string;
  readonly step?: string;
  readonly pool?: string;
  readonly service?: string;
}

function metricsSource(flags: MetricsFlags): MetricsSource | undefined {
  const address = flags['from-metrics'];
  if (address !== undefined) {
    return {
      url: prometheusUrl(address),
      window: duration('--window', flags.window ?? '1d'),
      step: duration('--step', flags.step ?? '1m'),
      pool: flags.pool,
      service: flags.service,
    };
  }
  for (const name of ['window', 'step', 'pool', 'service'] as const) {
    if (flags[name] !== undefined) throw new BadInput(`--${name} has no effect without --from-metrics`);
  }
  return undefined;
}

/** The computation checks the range. */
function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new BadInput(`${flag} must be a number, got ${shown(text)}`);
  return value;
}

function duration(flag: string, text: string): string {
  if (/^([1-9]\d*[wdhms])+$/.test(text)) return text;
  throw new BadInput(`${flag} must be a duration like 30s, 5m, 6h or 7d, got ${shown(text)}`);
}

function prometheusUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  // The message does not repeat the value, which may contain a password or be the connection string of the database.
  throw new BadInput('--from-metrics must be the URL of a Prometheus, like http://localhost:9090');
}
