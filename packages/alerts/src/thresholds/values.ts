import { z } from 'zod';
import { LABEL_SOURCES } from '../rules/labels';

/** Values as people write them, and what is made of them. */

const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const DURATION_ACCEPTED = 'a duration such as 500ms, 30s, 5m or 1h';

/** Written `500ms`, `30s`, `5m`, `1h`; seconds. */
export const duration = z
  .string({ error: `must be ${DURATION_ACCEPTED}` })
  .regex(DURATION, { error: `must be ${DURATION_ACCEPTED}` })
  .transform((text) => {
    const [, amount, unit] = DURATION.exec(text) as unknown as [string, string, keyof typeof SECONDS];
    // 0.001 * 100 is 0.1, and 0.001 * 3 is not 0.003.
    return Number((Number(amount) * SECONDS[unit]).toPrecision(12));
  });

/** Above 0: a limit of nothing would tell everything. */
export const limit = duration.refine((seconds) => seconds > 0, { error: 'must be above 0' });

const SHARE = /^(\d+(?:\.\d+)?)%$/;
const SHARE_ACCEPTED = 'a share from 0% to 100% such as 80%';

/** Written `80%`; 0 to 1. */
const share = z
  .string({ error: `must be ${SHARE_ACCEPTED}` })
  .regex(SHARE, { error: `must be ${SHARE_ACCEPTED}` })
  .transform((text) => Number((Number(text.slice(0, -1)) / 100).toPrecision(12)))
  .refine((value) => value <= 1, { error: `must be ${SHARE_ACCEPTED}` });

/** Of a level that tells what is over it. */
export const overShare = share.refine((value) => value < 1, {
  error: 'must be below 100%: nothing is ever over it',
});

/** Of a level that tells what is below it. */
export const targetShare = share.refine((value) => value > 0, {
  error: 'must be above 0%: nothing is ever below it',
});

/** Scraped and exported every few seconds: in less there is nothing to compare. */
export const window = duration.refine((seconds) => seconds >= 60, { error: 'must be at least 1m' });

export const count = z
  .number({ error: 'must be a whole number of at least 0' })
  .int({ error: 'must be a whole number of at least 0' })
  .nonnegative({ error: 'must be a whole number of at least 0' });

/** Each once. */
export function listOf<const Name extends string>(...names: Name[]) {
  const accepted = `a list of ${names.join(', ')}, each at most once`;
  return z
    .array(z.enum(names, { error: `must be one of ${names.join(', ')}` }), { error: `must be ${accepted}` })
    .min(1, { error: `must be ${accepted}` })
    .refine((list) => new Set(list).size === list.length, { error: `must be ${accepted}` });
}

/** Labels that pg-otel or Alertmanager set themselves. */
const TAKEN = ['alertname', 'severity', 'signal', 'receiver', ...Object.keys(LABEL_SOURCES), 'failure'];

export const labels = z.record(
  z
    .string()
    .regex(/^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/, {
      error: 'must be named by letters, digits and _, not beginning with a digit or __',
    })
    .refine((name) => !TAKEN.includes(name), { error: `must not be one of ${TAKEN.join(', ')}` }),
  z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' }),
  { error: 'must be labels such as {team: payments}' },
);
