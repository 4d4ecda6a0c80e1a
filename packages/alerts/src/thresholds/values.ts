import { z } from 'zod';
import { SUBJECT_LABELS } from '../rules/labels';

/** Schemas of the values in a thresholds file. */

export const text = z.string('must be a string').min(1, 'must not be empty');
export const url = z.url({ error: 'must be a URL', protocol: /^https?$/ });

/** Parses an amount with a unit. */
function quantity(pattern: RegExp, units: Readonly<Record<string, number>>, accepted: string) {
  return z
    .string(accepted)
    .regex(pattern, accepted)
    .transform((written) => {
      const [, amount, unit = ''] = pattern.exec(written) ?? [];
      // Removes floating-point errors, as in 0.001 * 9.
      return Number((Number(amount) * (units[unit] ?? 0)).toPrecision(12));
    });
}

/** Parses durations to seconds. */
export const duration = quantity(
  /^(\d+(?:\.\d+)?)(ms|s|m|h)$/,
  { ms: 0.001, s: 1, m: 60, h: 3600 },
  'must be a duration such as 500ms, 30s, 5m or 1h',
);

/** A duration above 0, because every operation would exceed a limit of 0. */
export const limit = duration.refine((seconds) => seconds > 0, 'must be above 0');

/** A window of at least a minute: with an export every few seconds, a shorter one has too few points. */
export const window = duration.refine((seconds) => seconds >= 60, 'must be at least 1m');

const SHARE = 'must be a share from 0% to 100% such as 80%';

/** Parses shares to a number from 0 to 1. */
const share = quantity(/^(\d+(?:\.\d+)?)%$/, { '': 0.01 }, SHARE).refine((value) => value <= 1, SHARE);

/** A share that a value must exceed for an alert. */
export const overShare = share.refine((value) => value < 1, 'must be below 100%: no share is above 100%');

/** A share that a value must fall below for an alert. */
export const targetShare = share.refine((value) => value > 0, 'must be above 0%: no share is below 0%');

const COUNT = 'must be a whole number of at least 0';
export const count = z.number(COUNT).int(COUNT).nonnegative(COUNT);

/** A list of these names, each at most once. */
export function listOf<const Name extends string>(...names: readonly Name[]) {
  const accepted = `must be a list of ${names.join(', ')}, each at most once`;
  return z
    .array(z.enum(names, `must be one of ${names.join(', ')}`), accepted)
    .min(1, accepted)
    .refine((list) => new Set(list).size === list.length, accepted);
}

/** Labels that users cannot set, because pg-otel sets them. */
const TAKEN: readonly string[] = ['alertname', 'severity', 'signal', 'receiver', ...SUBJECT_LABELS];

const labelName = z
  .string()
  .regex(
    /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
    'must have a name of letters, digits and _ that does not start with a digit or __',
  )
  .refine((name) => !TAKEN.includes(name), `must not be one of ${TAKEN.join(', ')}`);

export const labels = z.record(labelName, text, 'must be labels such as {team: payments}');
