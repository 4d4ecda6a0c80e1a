import { PlanInputError, type Setting, shown } from './input-error';

/** The range of a number, for the check and for the message. */
export interface AcceptedNumber {
  readonly above?: number;
  readonly least?: number;
  readonly most: number;
  readonly isWhole?: true;
}

/** @throws {PlanInputError} */
function checkNumber(setting: Setting, accepted: AcceptedNumber, value: unknown): number {
  const { above, least, most, isWhole } = accepted;
  const isAccepted =
    typeof value === 'number' &&
    value <= most &&
    (above === undefined || value > above) &&
    (least === undefined || value >= least) &&
    (!isWhole || Number.isInteger(value));
  if (!isAccepted) throw new PlanInputError(setting, `must be ${described(accepted)}, got ${shown(value)}`);
  return value;
}

/**
 * Reads a decimal number. `Number` would also accept `''` (as 0), `0x10` and `Infinity`.
 *
 * @throws {PlanInputError}
 */
export function parseNumber(setting: Setting, accepted: AcceptedNumber, text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new PlanInputError(setting, `must be ${described(accepted)}, got ${shown(text)}`);
  }
  return checkNumber(setting, accepted, value);
}

function described({ above, least, most, isWhole }: AcceptedNumber): string {
  const from = above === undefined ? `from ${least}` : `greater than ${above}`;
  return `a ${isWhole ? 'whole ' : ''}number ${from}${above === undefined ? ' to' : ' and at most'} ${most}`;
}

/**
 * Checks the numbers of an object by a table. `undefined` counts as absent.
 *
 * @throws {PlanInputError} also for a name that is not in the table: a misspelt setting would silently have no effect
 */
export function checkNumbers<Name extends string>(
  given: object,
  table: Readonly<Record<Name, AcceptedNumber>>,
  settingOf: (name: string) => Setting,
  otherNames: readonly string[] = [],
): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || otherNames.includes(name)) continue;
    if (!Object.hasOwn(table, name)) {
      const names = [...Object.keys(table), ...otherNames].join(', ');
      throw new PlanInputError(settingOf(name), `is not a setting; there are ${names}`);
    }
    checkNumber(settingOf(name), table[name as Name], value);
  }
}
