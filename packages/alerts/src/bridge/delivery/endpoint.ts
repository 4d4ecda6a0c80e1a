import type { Alert } from '../alert';
import type { BridgeMetrics } from '../metrics';
import { ACCEPTED, type Outcome } from './outcome';

export interface EndpointOptions {
  readonly kind: 'alertmanager' | 'webhook';
  /** With user and password, if it asks for them. */
  readonly url: URL;
  readonly timeoutSeconds: number;
  readonly metrics: BridgeMetrics;
  readonly log: (line: string) => void;
}

/**
 * What an alert gets that will never be taken: Alertmanager's own check (400), that of its API (422), and a proxy's
 * limit (413). Whatever else is not 2xx may heal: also 401 and 404, once somebody has corrected the setting.
 */
const REFUSALS = [400, 413, 422];
const MOST_ANSWER_CHARS = 300;

/** Requests that the search for a bad alert may still take. */
export interface Halvings {
  left: number;
}

/** One URL that takes alerts as a JSON array. */
export class Endpoint {
  private readonly name: string;
  private readonly url: string;
  private readonly headers: Record<string, string>;
  private isFailing = false;

  constructor(private readonly options: EndpointOptions) {
    const { kind, url } = options;
    const bare = new URL(url);
    bare.username = '';
    bare.password = '';
    this.url = bare.href;
    // Not the path: that of a webhook is often its secret.
    this.name = `${kind === 'alertmanager' ? 'Alertmanager' : 'webhook'} ${url.origin}`;
    this.headers = { 'content-type': 'application/json', ...authorization(url) };
  }

  /** The outcome of each alert, in their order. Never rejects. */
  async deliver(alerts: readonly Alert[], halvings: Halvings, signal: AbortSignal): Promise<Outcome[]> {
    const outcome = await this.post(alerts, signal);
    if (outcome.type !== 'refused' || alerts.length === 1 || halvings.left < 2) {
      return alerts.map(() => outcome);
    }
    halvings.left -= 2;
    // Which one is it? Alertmanager has stored the good ones and stores them again, which changes nothing; a proxy
    // has kept all of them away.
    const half = alerts.length >> 1;
    return [
      ...(await this.deliver(alerts.slice(0, half), halvings, signal)),
      ...(await this.deliver(alerts.slice(half), halvings, signal)),
    ];
  }

  private async post(alerts: readonly Alert[], signal: AbortSignal): Promise<Outcome> {
    const { kind, url, timeoutSeconds, metrics } = this.options;
    const outcome = await this.ask(
      alerts,
      AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1000)]),
    );
    metrics.add('deliveries', { destination: kind, endpoint: url.origin, outcome: outcome.type });
    // Aborted by whoever stops us or by the time that a request has: not the endpoint's fault.
    if (outcome.type !== 'undelivered' || !signal.aborted) this.tell(outcome);
    return outcome;
  }

  private async ask(alerts: readonly Alert[], signal: AbortSignal): Promise<Outcome> {
    try {
      const response = await fetch(this.url, {
        method: 'POST',
        headers: this.headers,
        body: JSON.stringify(alerts),
        redirect: 'manual',
        signal,
      });
      const answer = await beginningOf(response);
      if (response.ok) return ACCEPTED;
      if (!REFUSALS.includes(response.status)) {
        return { type: 'undelivered', reason: `${this.name} answers ${response.status}` };
      }
      // What a webhook says may be anything; Alertmanager says which label is wrong.
      const words = this.options.kind === 'alertmanager' && answer !== '' ? `: ${answer}` : '';
      return { type: 'refused', reason: `${this.name} answers ${response.status}${words}` };
    } catch (error) {
      return { type: 'undelivered', reason: `${this.name} cannot be asked: ${causeOf(error)}` };
    }
  }

  private tell(outcome: Outcome): void {
    const { log } = this.options;
    if (outcome.type === 'undelivered') log(`${outcome.reason}; the sender keeps its alerts and tries again`);
    else if (this.isFailing) log(`${this.name} takes alerts again`);
    this.isFailing = outcome.type === 'undelivered';
  }
}

/** `fetch` takes no URL that has them. */
function authorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** A URL may hold a `%` that begins nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** In one line, and not more of it than a message may hold. */
async function beginningOf(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > MOST_ANSWER_CHARS) break;
  }
  return text
    .slice(0, MOST_ANSWER_CHARS)
    .replace(/\p{Cc}+/gu, ' ')
    .trim();
}

/** Of a fetch that failed: its own message says only that it did. */
function causeOf(error: unknown): string {
  const { name, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
  if (name === 'TimeoutError') return 'no answer in time';
  if (name === 'AbortError') return 'no time is left';
  return cause?.code ?? cause?.message ?? name;
}
