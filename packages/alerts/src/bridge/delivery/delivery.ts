import type { Alert } from '../alert';
import type { Endpoint, Halvings } from './endpoint';
import { best, type Outcome, worst } from './outcome';

/** As many as Prometheus sends at once. */
const BATCH = 256;

/**
 * Requests that the halving of refused batches may take, for all alerts of one OTLP request. One bad alert in a batch
 * takes 16, at each destination.
 */
const MOST_HALVINGS = 100;

/** Those of an outer list all have to take an alert, of an inner one any: the replicas of one Alertmanager. */
export type Destinations = readonly (readonly Endpoint[])[];

/**
 * The outcome of each alert, in their order.
 *
 * Ends with the first batch of which one could not be delivered: the request comes again as a whole, and an
 * Alertmanager that does not answer should not be asked for each part of it.
 */
export async function deliver(
  alerts: readonly Alert[],
  destinations: Destinations,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const halvings = { left: MOST_HALVINGS };
  for (let at = 0; at < alerts.length; at += BATCH) {
    const batch = alerts.slice(at, at + BATCH);
    const all = await Promise.all(destinations.map((replicas) => toAny(batch, replicas, halvings, signal)));
    const told = all.reduce((one, other) => merged(one, other, worst));
    outcomes.push(...told);
    if (told.some(({ type }) => type === 'undelivered')) break;
  }
  return outcomes;
}

async function toAny(
  alerts: readonly Alert[],
  replicas: readonly Endpoint[],
  halvings: Halvings,
  signal: AbortSignal,
): Promise<Outcome[]> {
  const each = await Promise.all(replicas.map((replica) => replica.deliver(alerts, halvings, signal)));
  return each.reduce((one, other) => merged(one, other, best));
}

function merged(
  some: readonly Outcome[],
  others: readonly Outcome[],
  choose: (one: Outcome, other: Outcome) => Outcome,
): Outcome[] {
  return some.map((outcome, index) => choose(outcome, others[index] as Outcome));
}
