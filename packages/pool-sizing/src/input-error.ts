/** The error for bad input. Its message names the setting, the value, the accepted values and the source. */
export class PlanInputError extends RangeError {
  override readonly name = 'PlanInputError';
  /** The name of the setting: `PEAK_RPS`, `load.useTimeSeconds`, `limits.processes`. */
  readonly setting: string;

  /** @internal */
  constructor(setting: Setting, sentence: string) {
    super(`${setting.name} ${sentence} (${setting.source})`);
    this.setting = setting.name;
  }
}

/** The name of a value, and its source. */
export interface Setting {
  readonly name: string;
  readonly source: 'from the environment' | 'given in code';
}

/** A value for a message: short, and never a connection string, which may be in the wrong setting by mistake. */
export function shown(value: unknown): string {
  if (typeof value !== 'string') {
    return typeof value === 'object' && value !== null ? 'an object' : String(value);
  }
  if (/:\/\/|@|password/i.test(value)) return 'a text that looks like a connection string';
  return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
}
