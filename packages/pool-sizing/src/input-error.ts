/** Bad input: the message names the setting, the value, what is accepted, and where the value came from. */
export class PlanInputError extends RangeError {
  override readonly name = 'PlanInputError';
  /** `PEAK_RPS`, `load.useTimeSeconds`, `limits.processes`, … */
  readonly setting: string;

  /** @internal */
  constructor(setting: Setting, sentence: string) {
    super(`${setting.name} ${sentence} (${setting.source})`);
    this.setting = setting.name;
  }
}

/** What a value is called where the user gave it, and where that was. */
export interface Setting {
  readonly name: string;
  readonly source: 'from the environment' | 'given in code';
}

/** A value for a message: short, and never a connection string, which somebody may have put into the wrong place. */
export function shown(value: unknown): string {
  if (typeof value !== 'string') {
    return typeof value === 'object' && value !== null ? 'an object' : String(value);
  }
  if (/:\/\/|@|password/i.test(value)) return 'a text that looks like a connection string';
  return `"${value.length > 40 ? `${value.slice(0, 40)}…` : value}"`;
}
