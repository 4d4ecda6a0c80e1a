import { labelsOf, MATCH_LABELS, type SubjectLabel } from '../../rules/labels';
import type { Match, Rule } from '../../rules/rule';
import { BATCH_SUMMARY } from '../operations';
import type { Labels } from './unit-test';

type Known = Exclude<SubjectLabel, 'failure'>;

/** What a variant is for, and no earlier one: labels of an alert. */
export function subjectOf(rule: Rule, match: Match): Record<string, string> {
  const taken = new Set(rule.variants.flatMap((variant) => Object.values(variant.match)));
  const free = (value: string): string => (taken.has(value) ? free(`${value}-2`) : value);
  const values: Record<Known, string> = {
    service_name: free('checkout'),
    deployment_environment_name: free('test'),
    k8s_cluster_name: free('west'),
    k8s_namespace_name: free('retail'),
    server_address: free('db.internal'),
    db_namespace: free('shop'),
    pool: free('orders'),
    db_query_summary: free(isOfBatches(rule) ? `${BATCH_SUMMARY} INSERT orders` : 'SELECT orders'),
  };
  for (const [part, value] of Object.entries(match) as [keyof Match, string | undefined][]) {
    if (value !== undefined) values[MATCH_LABELS[part]] = value;
  }
  return Object.fromEntries(
    labelsOf(rule)
      .filter((label): label is Known => label !== 'failure')
      .map((label) => [label, values[label]]),
  );
}

function isOfBatches(rule: Rule): boolean {
  return rule.watch === 'slow-operation' && !rule.operations.includes('query');
}

/** Labels of a series of that subject, told by one process. */
export function seriesLabels(subject: Labels, instance = 'a'): Labels {
  const { pool, ...others } = subject;
  return {
    job: 'checkout',
    instance,
    ...others,
    ...(pool === undefined ? {} : { db_client_connection_pool_name: pool }),
  };
}
