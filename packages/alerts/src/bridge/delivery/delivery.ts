import type { Alert } from '../alert';
import type { BridgeMetrics } from '../metrics';
import type { ResolvedBridgeOptions } from '../options';
import { Endpoint, type Halvings, type Outcome } from './endpoint';

/** The batch size of Prometheus. */
const BATCH = 256;

/**
 * The maximum number of requests for halving refused batches, for each OTLP request. One bad alert in a batch takes 16
 * requests for each destination.
 */
const MAX_HALVINGS = 100;

/** Each inner list contains the replicas of one Alertmanager. One replica of each inner list must accept an alert. */
export type Destinations = readonly (readonly Endpoint[])[];

export function destinationsOf(
  { alertmanagers, webhook, deliveryTimeoutSeconds }: ResolvedBridgeOptions,
  metrics: BridgeMetrics,
  log: (line: string) => void,
): Destinations {
  const common = { timeoutSeconds: deliveryTimeoutSeconds, metrics, log };
  const replicas = alertmanagers.map((base) => {
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/alerts`;
    return new Endpoint({ ...common, kind: 'alertmanager', url });
  });
  return [
    ...(replicas.length > 0 ? [replicas] : []),
    ...(webhook === undefined ? [] : [[new Endpoint({ ...common, kind: 'webhook', url: webhook })]]),
  ];
}

/**
 * Delivers alerts, and returns the outcome for each, in the same order.
 *
 * Stops after the first batch with an undelivered alert: the sender repeats the entire request, and further batches would
 * only add load to an Alertmanager that does not answer.
 */
export async function deliver(
  alerts: readonly Alert[],
  destinations: Destinations,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const halvings: Halvings = { left: MAX_HALVINGS };
  for (let at = 0; at < alerts.length; at += BATCH) {
    const batch = alerts.slice(at, at + BATCH);
    const all = await Promise.all(
      destinations.map(async (replicas) => {
        const each = await Promise.all(replicas.map((replica) => replica.deliver(batch, halvings, signal)));
        return each.reduce((one, other) => merged(one, other, best));
      }),
    );
    const ofBatch = all.reduce((one, other) => merged(one, other, worst));
    outcomes.push(...ofBatch);
    if (ofBatch.some(({ type }) => type === 'undelivered')) break;
  }
  return outcomes;
}

function merged(
  some: readonly Outcome[],
  others: readonly Outcome[],
  choose: (one: Outcome, other: Outcome) => Outcome,
): Outcome[] {
  return some.map((outcome, index) => choose(outcome, others[index] ?? outcome));
}

const ORDER = { accepted: 0, refused: 1, undelivered: 2 } as const;
const best = (one: Outcome, other: Outcome) => (ORDER[other.type] < ORDER[one.type] ? other : one);
const worst = (one: Outcome, other: Outcome) => (ORDER[other.type] > ORDER[one.type] ? other : one);
