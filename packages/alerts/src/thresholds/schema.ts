import { z } from 'zod';
import { FAILURES, OPERATIONS, SEVERITIES, type Watch } from '../rules/rule';
import { count, duration, labels, limit, listOf, overShare, targetShare, window } from './values';

/** How a thresholds file is written. Its JSON schema is `collector-config/thresholds.schema.json`. */

const severity = z.enum(SEVERITIES, { error: `must be one of ${SEVERITIES.join(', ')}` });
const text = z.string({ error: 'must be a text' }).min(1, { error: 'must not be empty' });
const url = z.url({ error: 'must be a URL', protocol: /^https?$/ });

/** What may stand at a rule, for all its levels, and at each level. */
const told = {
  labels: labels.optional().describe('further labels of the alert'),
  runbook: url.optional().describe('what whoever is told should do'),
  receiver: text.optional().describe('a receiver, instead of the severity’s'),
};
/** Of what is a state: what a log event tells is told at once, and ends by silence. */
const lasting = {
  for: duration.optional().describe('how long it must hold before it is told; by default it is told at once'),
  keepFiring: duration.optional().describe('how long the alert stays after its condition has ended'),
};

const level = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject({ severity, ...shape, ...told });
const lastingLevel = <Shape extends z.ZodRawShape>(shape: Shape) => level({ ...shape, ...lasting });

const LEVELS = {
  'slow-operation': level({
    over: limit.describe('an operation takes longer than this'),
    backstop: z
      .boolean({ error: 'must be true or false' })
      .default(true)
      .describe(
        'whether Prometheus counts those that have ended, too; then `over` is an edge of the histogram',
      ),
  }),
  'failed-operation': level({
    failures: listOf(...FAILURES),
    atLeast: count
      .refine((least) => least > 0, { error: 'must be at least 1' })
      .default(3)
      .describe('so many within a minute; one is enough when nothing succeeds at the database'),
  }),
  'held-connection': level({ over: limit.describe('a connection is held longer than this') }),
  'share-within': lastingLevel({
    within: limit.describe('the target: an edge of the histogram'),
    share: targetShare.describe('less than this share of the operations reach the target'),
    window: window.default(300).describe('of the operations of this time'),
    atLeast: count.default(20).describe('fewer operations than this in the window say nothing'),
  }),
  'pool-utilization': lastingLevel({ over: overShare.describe('connections used, as a share of the limit') }),
  'pool-waiting': lastingLevel({ over: limit.describe('the oldest request waits longer than this') }),
  'pool-unhealthy': lastingLevel({}),
  'missing-telemetry': lastingLevel({}),
  'collector-queue': lastingLevel({ over: overShare.describe('how full a queue of the collector is') }),
  'collector-refused': lastingLevel({ over: count.default(0).describe('records refused in five minutes') }),
  'collector-failed': lastingLevel({ over: count.default(0).describe('records lost in five minutes') }),
  'bridge-undelivered': lastingLevel({ over: count.default(0).describe('requests in five minutes') }),
} as const satisfies Record<Watch, z.ZodType>;

/** What a rule says beside its levels. */
const SUBJECTS = {
  'slow-operation': { operations: listOf(...OPERATIONS) },
  'failed-operation': { operations: listOf('connect', 'acquire') },
  'share-within': { operations: listOf(...OPERATIONS) },
} as const;

const levelsOf = <One extends z.ZodType<{ readonly severity: string }>>(one: One) =>
  z
    .array(one, { error: 'must be a list of levels' })
    .min(1, { error: 'must hold at least one level' })
    .refine((list) => new Set(list.map((each) => each.severity)).size === list.length, {
      error: 'must hold each severity at most once',
    });

function ruleOf<const Name extends Watch>(watch: Name) {
  const subjects = (SUBJECTS as Partial<Record<Watch, z.ZodRawShape>>)[watch];
  return z.strictObject({
    watch: z.literal(watch),
    ...(subjects as Name extends keyof typeof SUBJECTS ? (typeof SUBJECTS)[Name] : Record<never, never>),
    levels: levelsOf(LEVELS[watch]),
    ...told,
  });
}

const rule = z.discriminatedUnion(
  'watch',
  [
    ruleOf('slow-operation'),
    ruleOf('failed-operation'),
    ruleOf('held-connection'),
    ruleOf('share-within'),
    ruleOf('pool-utilization'),
    ruleOf('pool-waiting'),
    ruleOf('pool-unhealthy'),
    ruleOf('missing-telemetry'),
    ruleOf('collector-queue'),
    ruleOf('collector-refused'),
    ruleOf('collector-failed'),
    ruleOf('bridge-undelivered'),
  ],
  { error: `must be one of ${Object.keys(LEVELS).join(', ')}` },
);

const ruleName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/, {
  error: 'must be named in letters and digits, beginning with a capital letter',
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

/** Levels of an override are those of the rule it is for; which that is, the rule says. */
const overriding = z.union([z.literal('off'), z.strictObject({ levels: z.array(z.unknown()).min(1) })], {
  error: 'must be off, or levels as the rule has them',
});

const override = z.strictObject({
  match,
  rules: z.record(ruleName, overriding, { error: 'must be rules by their names' }),
});

export const fileSchema = z.strictObject(
  {
    $schema: z.string().optional(),
    runbooks: url.optional().describe('a page with a section for each rule, named by the rule in lower case'),
    dashboards: url.optional().describe('the address of Grafana, whose dashboards alerts link to'),
    receivers: z
      .record(
        text,
        z
          .record(z.string(), z.unknown(), { error: 'must be a receiver as Alertmanager has it' })
          .refine((receiver) => !('name' in receiver), { error: 'must not hold name: its key is its name' }),
        {
          error: 'must be receivers by their names',
        },
      )
      .describe('receivers of Alertmanager, as its configuration has them, without `name`'),
    notify: z
      .strictObject(
        { info: text, warning: text, critical: text },
        { error: 'must say who hears info, warning and critical' },
      )
      .describe('which receiver hears a severity'),
    rules: z.record(ruleName, rule, { error: 'must be rules by their names' }),
    overrides: z.array(override, { error: 'must be a list of overrides' }).optional(),
  },
  { error: 'must be thresholds: receivers, notify, rules' },
);

export type ThresholdsFile = z.output<typeof fileSchema>;
export type WrittenRule = ThresholdsFile['rules'][string];
export type WrittenLevel = z.output<(typeof LEVELS)[Watch]>;

/** The levels that an override of a rule may have. */
export const overridingLevels = (watch: Watch) => levelsOf(LEVELS[watch] as z.ZodType<WrittenLevel>);
