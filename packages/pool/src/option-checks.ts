import { PoolOptionsError } from './options-error';

/** The range of a number, for the check and for the message. */
export interface AcceptedNumber {
  readonly least: number;
  readonly most: number;
  readonly isWhole?: true;
}

/** The longest delay of a timer in Node.js. */
export const MAX_MILLIS = 2 ** 31 - 1;

/** @throws PoolOptionsError */
export function checkNumber(setting: string, value: unknown, accepted: AcceptedNumber): number {
  const { least, most, isWhole } = accepted;
  const isAccepted =
    typeof value === 'number' && value >= least && value <= most && (!isWhole || Number.isInteger(value));
  if (isAccepted) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  throw new PoolOptionsError(setting, `must be ${kind} from ${least} to ${most}, got ${shown(value)}`);
}

/** @throws PoolOptionsError */
export function checkOneOf(setting: string, value: unknown, accepted: readonly (string | boolean)[]): void {
  if (value === undefined || accepted.includes(value as string | boolean)) return;
  const listed = accepted.map((one) => (typeof one === 'string' ? `"${one}"` : one)).join(', ');
  throw new PoolOptionsError(setting, `must be one of ${listed}, got ${shown(value)}`);
}

/**
 * A misspelt setting would silently have no effect.
 *
 * @param setting name of the object; empty for the options themselves
 * @throws PoolOptionsError for what is no object, and for a name that is no option
 */
export function checkObject(setting: string, value: unknown, names: readonly string[], or = ''): void {
  if (typeof value !== 'object' || value === null) {
    throw new PoolOptionsError(setting || 'options', `must be an object${or}, got ${shown(value)}`);
  }
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const name = setting === '' ? unknown : `${setting}.${unknown}`;
  throw new PoolOptionsError(name, `is not an option; there are ${names.join(', ')}`);
}

/** A value for a message. A text is not repeated: a password or a connection string may be in the wrong option. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `a text of length ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
