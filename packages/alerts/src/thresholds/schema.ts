import { z } from 'zod';
import type { OperationKind, Watch } from '../rules/rule';
import { WATCHES } from '../rules/watch';
import { ALERT_SETTINGS, type AlertSettings, type WrittenLevel } from './level';
import { listOf, text, url } from './values';

/** The schema of a thresholds file. `collector-config/thresholds.schema.json` is its JSON schema. */

/** A rule in the file, before defaults are resolved. Its levels also have the settings of its `watch`. */
export interface WrittenRule extends AlertSettings {
  readonly watch: Watch;
  readonly operations?: readonly OperationKind[];
  readonly levels: readonly WrittenLevel[];
}

const NAMES = Object.keys(WATCHES) as Watch[];

/** The levels of a rule or of an override. */
export function levelsSchema(watch: Watch): z.ZodType<readonly WrittenLevel[]> {
  return z
    .array(WATCHES[watch].level as z.ZodType<WrittenLevel>, { error: 'must be a list of levels' })
    .min(1, { error: 'must have at least one level' })
    .refine((list) => new Set(list.map(({ severity }) => severity)).size === list.length, {
      error: 'must have each severity at most once',
    });
}

function ruleSchema(watch: Watch) {
  const { operations } = WATCHES[watch];
  return z.strictObject({
    watch: z.literal(watch),
    ...(operations === undefined ? {} : { operations: listOf(...operations) }),
    levels: levelsSchema(watch),
    ...ALERT_SETTINGS,
  });
}

const [first, ...others] = NAMES.map(ruleSchema);
const rule = z.discriminatedUnion('watch', [first as NonNullable<typeof first>, ...others], {
  error: `must be one of ${NAMES.join(', ')}`,
}) as z.ZodType<WrittenRule>;

const ruleName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/, {
  error: 'must have a name of letters and digits that starts with a capital letter',
});

const match = z
  .strictObject({
    service: text.optional().describe('service.name'),
    environment: text.optional().describe('deployment.environment.name'),
    database: text.optional().describe('db.namespace'),
    pool: text.optional().describe('db.client.connection.pool.name'),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    error: 'must name a service, an environment, a database or a pool',
  });

/** The levels are checked later, by the schema for the `watch` of the rule that is overridden. Off is without levels. */
const off = z.literal('off').transform(() => ({ levels: [] }));
const overriding = z.union([off, z.strictObject({ levels: z.array(z.unknown()).min(1) })], {
  error: 'must be off, or levels like those of the rule',
});

const override = z.strictObject({
  match,
  rules: z.record(ruleName, overriding, { error: 'must be a map of rules by name' }),
});

const receiver = z
  .record(z.string(), z.unknown(), { error: "must be a receiver in Alertmanager's format" })
  .refine((given) => !('name' in given), { error: 'must not contain name: the key is the name' });

export const fileSchema = z.strictObject(
  {
    $schema: z.string().optional(),
    runbooks: url
      .optional()
      .describe('a page with a section for each rule, whose anchor is the name of the rule in lower case'),
    dashboards: url.optional().describe('the address of Grafana; alerts link to its dashboards'),
    receivers: z
      .record(text, receiver, { error: 'must be a map of receivers by name' })
      .describe("receivers in the format of Alertmanager's configuration, without `name`"),
    notify: z
      .strictObject(
        { info: text, warning: text, critical: text },
        { error: 'must name a receiver for info, warning and critical' },
      )
      .describe('the receiver of each severity'),
    rules: z.record(ruleName, rule, { error: 'must be a map of rules by name' }),
    overrides: z.array(override, { error: 'must be a list of overrides' }).optional(),
  },
  { error: 'must be a map with receivers, notify and rules' },
);
export type ThresholdsFile = z.output<typeof fileSchema>;

/** The JSON schema of a thresholds file, for editors (`collector-config/thresholds.schema.json`). */
export function thresholdsJsonSchema(): object {
  return {
    title: 'Thresholds of pg-otel',
    ...z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' }),
  };
}
