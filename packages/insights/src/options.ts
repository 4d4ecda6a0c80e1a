import { DEFAULT_THRESHOLDS, parseThresholds, type Thresholds } from '@pg-otel/alerts';

/** Options of {@link createInsights}. */
export interface InsightsOptions {
  /** The queries that the figures are about, 1 to 10,000. Default: the last 1000. */
  readonly window?: number;
  /** The text of a thresholds file. Default: the thresholds that are shipped with `@pg-otel/alerts`. */
  readonly thresholds?: string;
  /** `service.name`, for the labels of alerts. Default: `OTEL_SERVICE_NAME`, otherwise `unknown_service:node`. */
  readonly serviceName?: string;
  /**
   * A file in which the baseline of the statements is kept between starts. Default: `PG_OTEL_INSIGHTS_BASELINE`, otherwise
   * none.
   */
  readonly baselineFile?: string;
}

/** The error for an option that is not accepted. Its message names the option and the accepted values. */
export class InsightsOptionsError extends RangeError {
  override readonly name = 'InsightsOptionsError';
  readonly option: string;

  /** @internal */
  constructor(option: string, rule: string) {
    super(`${option} ${rule}`);
    this.option = option;
  }
}

/** A misspelt option would silently have no effect. @throws {InsightsOptionsError} */
export function checkNames(options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new InsightsOptionsError(unknown, `is not an option; there are ${names.join(', ')}`);
}

export interface Options {
  readonly window: number;
  readonly thresholds: Thresholds;
  readonly resource: Readonly<Record<string, string>>;
  readonly baselineFile: string | undefined;
}

const MAX_WINDOW = 10_000;

export function checked(options: InsightsOptions): Options {
  checkNames(options, ['window', 'thresholds', 'serviceName', 'baselineFile']);
  const { window = 1000, thresholds, serviceName, baselineFile } = options;
  if (!Number.isInteger(window) || window < 1 || window > MAX_WINDOW) {
    throw new InsightsOptionsError('window', `must be a whole number from 1 to ${MAX_WINDOW}`);
  }
  const service = serviceName ?? process.env['OTEL_SERVICE_NAME'] ?? 'unknown_service:node';
  return {
    window,
    thresholds: parseThresholds(thresholds ?? DEFAULT_THRESHOLDS),
    resource: { 'service.name': service },
    baselineFile: baselineFile ?? (process.env['PG_OTEL_INSIGHTS_BASELINE'] || undefined),
  };
}
