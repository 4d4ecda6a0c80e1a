import { z } from 'zod';
import { SEVERITIES } from '../rules/rule';
import { duration, labels, text, url } from './values';

/** Settings of a level. A rule may have them as defaults for its levels. */
export const ALERT_SETTINGS = {
  labels: labels.optional().describe('additional labels of the alert'),
  runbook: url.optional().describe('the page that describes what to do'),
  receiver: text.optional().describe('a receiver that replaces the one of the severity'),
};
export type AlertSettings = z.output<z.ZodObject<typeof ALERT_SETTINGS>>;

const severity = z.enum(SEVERITIES, `must be one of ${SEVERITIES.join(', ')}`);

/** Rules on log events do not have these settings: their alerts fire at once and resolve when no event follows. */
const STATE_SETTINGS = {
  for: duration
    .optional()
    .describe('how long the condition must hold before the alert fires; default: no delay'),
  keepFiring: duration.optional().describe('how long the alert keeps firing after its condition has ended'),
};

/** A level of a rule on log events. */
export const level = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({ severity, ...shape, ...ALERT_SETTINGS });

/** A level of a rule on a state. */
export const stateLevel = <Shape extends z.ZodRawShape>(shape: Shape) =>
  level({ ...shape, ...STATE_SETTINGS });

/** The settings that levels of all rules may have, as written. */
export type WrittenLevel = AlertSettings &
  z.output<z.ZodObject<typeof STATE_SETTINGS & { severity: typeof severity }>>;
