import * as querystring from 'node:querystring';
import { Refusal } from './http/refusal';
import type { BridgeSettings } from './options';

/** The result of the delivery of an alert. After `undelivered`, another attempt may succeed; `refused` is permanent. */
export interface Outcome {
  readonly type: 'accepted' | 'refused' | 'undelivered';
  /** Empty if the alert was accepted. */
  readonly reason: string;
}

/** The batch size of Prometheus. */
const BATCH = 256;
/** For each OTLP request. One bad alert in a batch takes 16 requests for each destination. */
const MAX_HALVINGS = 100;

/**
 * Returns a function that delivers alerts, and returns the outcome for each, in the same order. Each destination must accept
 * an alert; of the replicas of Alertmanager, one must.
 *
 * Stops after the first batch with an undelivered alert: the sender repeats the entire request, and further batches would
 * only add load to an Alertmanager that does not answer.
 */
export function deliveryTo(settings: BridgeSettings) {
  const replicas = settings.alertmanagers.map((base) => {
    const url = new URL(base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v2/alerts`;
    return endpoint('Alertmanager', url, settings);
  });
  const webhooks = settings.webhook === undefined ? [] : [endpoint('webhook', settings.webhook, settings)];
  const destinations = [replicas, webhooks].filter(({ length }) => length > 0);

  return async (alerts: readonly object[], aborted: AbortSignal): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    const halvings = { left: MAX_HALVINGS };
    for (let at = 0; at < alerts.length; at += BATCH) {
      const batch = alerts.slice(at, at + BATCH);
      const byDestination = destinations.map(async (endpoints) =>
        merged(await Promise.all(endpoints.map((deliver) => deliver(batch, halvings, aborted))), best),
      );
      const ofBatch = merged(await Promise.all(byDestination), worst);
      outcomes.push(...ofBatch);
      if (ofBatch.some(({ type }) => type === 'undelivered')) break;
    }
    return outcomes;
  };
}

/** Chooses one of the outcomes of each alert. */
function merged(all: readonly Outcome[][], choose: (one: Outcome, other: Outcome) => Outcome): Outcome[] {
  return all.reduce((some, others) => some.map((one, index) => choose(one, others[index] ?? one)));
}

const ORDER = { accepted: 0, refused: 1, undelivered: 2 } as const;
const best = (one: Outcome, other: Outcome) => (ORDER[other.type] < ORDER[one.type] ? other : one);
const worst = (one: Outcome, other: Outcome) => (ORDER[other.type] > ORDER[one.type] ? other : one);

/** Validation by Alertmanager (400) or its API (422), size limit of a proxy (413). After 401 or 404, a retry may succeed. */
const REFUSALS = [400, 413, 422];
const MAX_ANSWER_CHARS = 300;

/** Returns a function that delivers alerts to a URL, and returns the outcome for each, in the same order. It never rejects. */
function endpoint(kind: 'Alertmanager' | 'webhook', url: URL, settings: BridgeSettings) {
  const { deliveryTimeoutSeconds, metrics, log } = settings;
  // Without the path, because the path of a webhook is often a secret.
  const name = `${kind} ${url.origin}`;
  const headers = { 'content-type': 'application/json', ...authorization(url) };
  const target = new URL(url);
  target.username = '';
  target.password = '';
  let isFailing = false;

  async function ask(alerts: readonly object[], signal: AbortSignal): Promise<Outcome> {
    try {
      const body = JSON.stringify(alerts);
      const response = await fetch(target, { method: 'POST', headers, body, redirect: 'manual', signal });
      const answer = await beginningOf(response);
      if (response.ok) return { type: 'accepted', reason: '' };
      const reason = `${name} answers ${response.status}`;
      if (!REFUSALS.includes(response.status)) return { type: 'undelivered', reason };
      // The answer of Alertmanager names the invalid label. The answer of a webhook is not logged: it may contain secrets.
      const isShown = kind === 'Alertmanager' && answer !== '';
      return { type: 'refused', reason: isShown ? `${reason}: ${answer}` : reason };
    } catch (error) {
      return { type: 'undelivered', reason: `${name} cannot be reached: ${causeOf(error)}` };
    }
  }

  return async function deliver(
    alerts: readonly object[],
    halvings: { left: number },
    aborted: AbortSignal,
  ): Promise<Outcome[]> {
    const timeout = AbortSignal.timeout(deliveryTimeoutSeconds * 1000);
    const outcome = await ask(alerts, AbortSignal.any([aborted, timeout]));
    const { type, reason } = outcome;
    metrics.add('deliveries_total', { destination: kind.toLowerCase(), endpoint: url.origin, outcome: type });
    // An abort, because the bridge stops or the time for the request is over, is not a failure of the endpoint.
    if (type !== 'undelivered' || !aborted.aborted) {
      if (type === 'undelivered') log(`${reason}; the sender keeps its alerts and retries`);
      else if (isFailing) log(`${name} accepts alerts again`);
      isFailing = type === 'undelivered';
    }
    if (type !== 'refused' || alerts.length === 1 || halvings.left < 2) return alerts.map(() => outcome);
    halvings.left -= 2;
    // Halves the batch to find the bad alert. Alertmanager may have stored the good alerts already; sending them again
    // has no effect.
    const half = alerts.length >> 1;
    return [
      ...(await deliver(alerts.slice(0, half), halvings, aborted)),
      ...(await deliver(alerts.slice(half), halvings, aborted)),
    ];
  };
}

/** Moves user and password to a header, because `fetch` rejects them in a URL. */
function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  // `decodeURIComponent` would throw for a `%` that is not an escape.
  const pair = `${querystring.unescape(username)}:${querystring.unescape(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Returns the beginning of the response body, in one line. */
async function beginningOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_ANSWER_CHARS) break;
  }
  const beginning = text.slice(0, MAX_ANSWER_CHARS);
  return beginning.replace(/\p{Cc}+/gu, ' ').trim();
}

/** Returns the cause of a failed `fetch`, because its message does not contain it. */
function causeOf(error: unknown): string {
  const { name, message, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
  if (error instanceof Refusal) return message;
  return name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? cause?.message ?? name);
}
