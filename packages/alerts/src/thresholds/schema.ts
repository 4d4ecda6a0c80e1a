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

/** The levels of a rule or of an override. */
export function levelsSchema(watch: Watch): z.ZodType<readonly WrittenLevel[]> {
  const severities = (list: readonly WrittenLevel[]) => new Set(list.map(({ severity }) => severity));
  return z
    .array(WATCHES[watch].level as z.ZodType<WrittenLevel>, 'must be a list of levels')
    .min(1, 'must have at least one level')
    .refine((list) => severities(list).size === list.length, 'must have each severity at most once');
}

const NAMES = Object.keys(WATCHES) as Watch[];
const [first, ...others] = NAMES.map((watch) => {
  const { operations } = WATCHES[watch];
  return z.strictObject({
    watch: z.literal(watch),
    ...(operations === undefined ? {} : { operations: listOf(...operations) }),
    levels: levelsSchema(watch),
    ...ALERT_SETTINGS,
  });
});
const rule = z.discriminatedUnion('watch', [first as NonNullable<typeof first>, ...others], {
  error: `must be one of ${NAMES.join(', ')}`,
}) as z.ZodType<WrittenRule>;

const ruleName = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]*$/, 'must have a name of letters and digits that starts with a capital letter');

const match = z
  .strictObject({
    service: text.optional().describe('service.name'),
    environment: text.optional().describe('deployment.environment.name'),
    database: text.optional().describe('db.namespace'),
    pool: text.optional().describe('db.client.connection.pool.name'),
  })
  .refine(
    (given) => Object.values(given).some((value) => value !== undefined),
    'must name a service, an environment, a database or a pool',
  );

const off = z.literal('off').transform(() => ({ levels: [] }));
/** The levels are checked later, by the schema for the `watch` of the rule that is overridden. */
const overriding = z.union(
  [off, z.strictObject({ levels: z.array(z.unknown()).min(1) })],
  'must be off, or levels like those of the rule',
);
const override = z.strictObject({
  match,
  rules: z.record(ruleName, overriding, 'must be a map of rules by name'),
});

const receiver = z
  .record(z.string(), z.unknown(), "must be a receiver in Alertmanager's format")
  .refine((given) => !('name' in given), 'must not contain name: the key is the name');

export const fileSchema = z.strictObject(
  {
    $schema: z.string().optional(),
    runbooks: url
      .optional()
      .describe('a page with a section for each rule, whose anchor is the name of the rule in lower case'),
    dashboards: url.optional().describe('the address of Grafana; alerts link to its dashboards'),
    receivers: z
      .record(text, receiver, 'must be a map of receivers by name')
      .describe("receivers in the format of Alertmanager's configuration, without `name`"),
    notify: z
      .strictObject(
        { info: text, warning: text, critical: text },
        'must name a receiver for info, warning and critical',
      )
      .describe('the receiver of each severity'),
    rules: z.record(ruleName, rule, 'must be a map of rules by name'),
    overrides: z.array(override, 'must be a list of overrides').optional(),
  },
  'must be a map with receivers, notify and rules',
);
export type ThresholdsFile = z.output<typeof fileSchema>;

/** The JSON schema of a thresholds file, for editors (`collector-config/thresholds.schema.json`). */
export function thresholdsJsonSchema(): object {
  return {
    title: 'Thresholds of pg-otel',
    ...z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' }),
  };
}
