import type { Alert } from '../alert';
import type { BridgeMetrics } from '../metrics';

/** The result of the delivery of an alert to a destination. */
export type Outcome =
  | { readonly type: 'accepted' }
  /** Refused permanently: another attempt would fail as well. */
  | { readonly type: 'refused'; readonly reason: string }
  /** Another attempt may succeed. */
  | { readonly type: 'undelivered'; readonly reason: string };

export interface EndpointOptions {
  readonly kind: 'alertmanager' | 'webhook';
  /** May contain user and password. */
  readonly url: URL;
  readonly timeoutSeconds: number;
  readonly metrics: BridgeMetrics;
  readonly log: (line: string) => void;
}

/**
 * Status codes of permanent refusals: validation by Alertmanager (400) or its API (422), and the size limit of a proxy
 * (413). After other errors, such as 401 or 404, a retry may succeed once the configuration is corrected.
 */
const REFUSALS = [400, 413, 422];
const MAX_ANSWER_CHARS = 300;

/** The remaining number of requests for the search for a bad alert. */
export interface Halvings {
  left: number;
}

/** A URL that accepts alerts as a JSON array. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #name: string;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  #isFailing = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
    const { kind, url } = options;
    const withoutPassword = new URL(url);
    withoutPassword.username = '';
    withoutPassword.password = '';
    this.#url = withoutPassword.href;
    // Without the path, because the path of a webhook is often a secret.
    this.#name = `${kind === 'alertmanager' ? 'Alertmanager' : 'webhook'} ${url.origin}`;
    this.#headers = { 'content-type': 'application/json', ...authorization(url) };
  }

  /** Returns the outcome for each alert, in the same order. Never rejects. */
  async deliver(alerts: readonly Alert[], halvings: Halvings, signal: AbortSignal): Promise<Outcome[]> {
    const outcome = await this.#post(alerts, signal);
    if (outcome.type !== 'refused' || alerts.length === 1 || halvings.left < 2) {
      return alerts.map(() => outcome);
    }
    halvings.left -= 2;
    // Halves the batch to find the bad alert. Alertmanager may have stored the good alerts already; sending them again
    // has no effect.
    const half = alerts.length >> 1;
    return [
      ...(await this.deliver(alerts.slice(0, half), halvings, signal)),
      ...(await this.deliver(alerts.slice(half), halvings, signal)),
    ];
  }

  async #post(alerts: readonly Alert[], signal: AbortSignal): Promise<Outcome> {
    const { kind, url, timeoutSeconds, metrics } = this.#options;
    const outcome = await this.#ask(
      alerts,
      AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
    );
    metrics.add('deliveries_total', { destination: kind, endpoint: url.origin, outcome: outcome.type });
    // An abort, because the bridge stops or the time for the request is over, is not a failure of the endpoint.
    if (outcome.type !== 'undelivered' || !signal.aborted) this.#logChange(outcome);
    return outcome;
  }

  async #ask(alerts: readonly Alert[], signal: AbortSignal): Promise<Outcome> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: this.#headers,
        body: JSON.stringify(alerts),
        redirect: 'manual',
        signal,
      });
      const answer = await beginningOf(response);
      if (response.ok) return { type: 'accepted' };
      if (!REFUSALS.includes(response.status)) {
        return { type: 'undelivered', reason: `${this.#name} answers ${response.status}` };
      }
      // The answer of Alertmanager names the invalid label. The answer of a webhook is not logged: it may contain secrets.
      const details = this.#options.kind === 'alertmanager' && answer !== '' ? `: ${answer}` : '';
      return { type: 'refused', reason: `${this.#name} answers ${response.status}${details}` };
    } catch (error) {
      return { type: 'undelivered', reason: `${this.#name} cannot be reached: ${causeOf(error)}` };
    }
  }

  #logChange(outcome: Outcome): void {
    const { log } = this.#options;
    if (outcome.type === 'undelivered') log(`${outcome.reason}; the sender keeps its alerts and retries`);
    else if (this.#isFailing) log(`${this.#name} accepts alerts again`);
    this.#isFailing = outcome.type === 'undelivered';
  }
}

/** Moves user and password to a header, because `fetch` rejects them in a URL. */
function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Returns the text unchanged if a `%` in it is not an escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the beginning of the response body, in one line. */
async function beginningOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MAX_ANSWER_CHARS) break;
  }
  return text
    .slice(0, MAX_ANSWER_CHARS)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/** Returns the cause of a failed `fetch`, because its message does not contain it. */
function causeOf(error: unknown): string {
  const { name, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
  if (name === 'TimeoutError') return 'no answer in time';
  if (name === 'AbortError') return 'the time for the request is over';
  return cause?.code ?? cause?.message ?? name;
}
