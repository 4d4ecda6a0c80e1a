import { z } from 'zod';
import { SUBJECT_LABELS } from '../rules/labels';

/** Schemas of the values in a thresholds file. */

export const text = z.string({ error: 'must be a string' }).min(1, { error: 'must not be empty' });
export const url = z.url({ error: 'must be a URL', protocol: /^https?$/ });

const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const DURATION_ACCEPTED = 'must be a duration such as 500ms, 30s, 5m or 1h';

/** Parses durations such as `500ms`, `30s`, `5m` and `1h` to seconds. */
export const duration = z
  .string({ error: DURATION_ACCEPTED })
  .regex(DURATION, { error: DURATION_ACCEPTED })
  .transform((written) => {
    const [, amount, unit] = DURATION.exec(written) as unknown as [string, string, keyof typeof SECONDS];
    // Removes floating-point errors, as in 0.001 * 9.
    return Number((Number(amount) * SECONDS[unit]).toPrecision(12));
  });

/** A duration above 0, because every operation would exceed a limit of 0. */
export const limit = duration.refine((seconds) => seconds > 0, { error: 'must be above 0' });

const SHARE = /^(\d+(?:\.\d+)?)%$/;
const SHARE_ACCEPTED = 'must be a share from 0% to 100% such as 80%';

/** Parses shares such as `80%` to a number from 0 to 1. */
const share = z
  .string({ error: SHARE_ACCEPTED })
  .regex(SHARE, { error: SHARE_ACCEPTED })
  .transform((written) => Number((Number(written.slice(0, -1)) / 100).toPrecision(12)))
  .refine((value) => value <= 1, { error: SHARE_ACCEPTED });

/** A share that a value must exceed for an alert. */
export const overShare = share.refine((value) => value < 1, {
  error: 'must be below 100%: no share is above 100%',
});

/** A share that a value must fall below for an alert. */
export const targetShare = share.refine((value) => value > 0, {
  error: 'must be above 0%: no share is below 0%',
});

/** A window of at least a minute: with an export every few seconds, a shorter one has too few points. */
export const window = duration.refine((seconds) => seconds >= 60, { error: 'must be at least 1m' });

const COUNT_ACCEPTED = { error: 'must be a whole number of at least 0' };
export const count = z.number(COUNT_ACCEPTED).int(COUNT_ACCEPTED).nonnegative(COUNT_ACCEPTED);

/** A list of these names, each at most once. */
export function listOf<const Name extends string>(...names: readonly Name[]) {
  const accepted = { error: `must be a list of ${names.join(', ')}, each at most once` };
  return z
    .array(z.enum(names, { error: `must be one of ${names.join(', ')}` }), accepted)
    .min(1, accepted)
    .refine((list) => new Set(list).size === list.length, accepted);
}

/** Labels that users cannot set, because pg-otel sets them. */
const TAKEN = ['alertname', 'severity', 'signal', 'receiver', ...SUBJECT_LABELS];

export const labels = z.record(
  z
    .string()
    .regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/, {
      error: 'must have a name of letters, digits and _ that does not start with a digit or __',
    })
    .refine((name) => !(TAKEN as string[]).includes(name), {
      error: `must not be one of ${TAKEN.join(', ')}`,
    }),
  text,
  { error: 'must be labels such as {team: payments}' },
);
