/** The metrics could not be read. The message is one line with the remedy, and the exit code is 1. */
export class MetricsUnreadable extends Error {
  override readonly name = 'MetricsUnreadable';
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const ANSWER_MILLIS = 30_000;
/** Enough for about 50,000 pools. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** A client of the HTTP API (`/api/v1/query`) of Prometheus or a compatible server: VictoriaMetrics, Mimir, Thanos. */
export class Prometheus {
  readonly #url: URL;
  readonly #headers: Record<string, string>;
  /** The URL for messages, without user, password and query string, which may be secrets. */
  readonly name: string;

  constructor(url: URL) {
    this.#url = new URL(`${url.pathname.replace(/\/+$/, '')}/api/v1/query`, url.origin);
    this.#headers = url.username === '' ? {} : { authorization: basic(url) };
    this.name = `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
  }

  /**
   * Runs an instant query for the current time.
   *
   * @throws {MetricsUnreadable}
   */
  async query(promql: string): Promise<Sample[]> {
    const url = new URL(this.#url);
    url.searchParams.set('query', promql);
    const { status, text } = await this.#get(url);
    if (status === 401 || status === 403) {
      throw new MetricsUnreadable(
        `${this.name} refuses access (HTTP ${status}): give user and password in the URL of --from-metrics`,
      );
    }
    const answer = parsed(text);
    if (isErrorAnswer(answer)) {
      throw new MetricsUnreadable(`${this.name} could not answer ${promql}: ${oneLine(answer.error)}`);
    }
    if (!isVectorAnswer(answer)) {
      throw new MetricsUnreadable(
        `${this.name} does not answer as Prometheus does (HTTP ${status} from /api/v1/query): is it the URL of a ` +
          'Prometheus, with its path prefix if it has one?',
      );
    }
    return answer.data.result.map(({ metric, value: [, value] }) => ({
      labels: metric,
      value: Number(value),
    }));
  }

  async #get(url: URL): Promise<{ status: number; text: string }> {
    try {
      const signal = AbortSignal.timeout(ANSWER_MILLIS);
      const response = await fetch(url, { headers: this.#headers, signal });
      return { status: response.status, text: await boundedText(response) };
    } catch (error) {
      if (error instanceof TooLong) {
        throw new MetricsUnreadable(`${this.name} answers with more than ${MAX_ANSWER_BYTES} bytes`);
      }
      throw new MetricsUnreadable(`${this.name} is not reachable: ${reasonOf(error)}`);
    }
  }
}

class TooLong extends Error {}

/** @throws {TooLong} */
async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    // This ends the connection, too.
    if (bytes > MAX_ANSWER_BYTES) throw new TooLong();
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString();
}

function basic({ username, password }: URL): string {
  const text = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

/** Decodes a part of a URL. The text stays unchanged if a `%` in it does not start an escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The reason of a failed request. `fetch` throws "fetch failed" with the reason in `cause`. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === 'TimeoutError') return `no answer within ${ANSWER_MILLIS / 1_000} s`;
  const { code, message: why } = (cause ?? {}) as { code?: string; message?: string };
  return code ?? why ?? message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface ErrorAnswer {
  readonly status: 'error';
  readonly error: string;
}
interface VectorAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [time: number, value: string];
    }[];
  };
}

function isErrorAnswer(answer: unknown): answer is ErrorAnswer {
  const { status, error } = fieldsOf(answer);
  return status === 'error' && typeof error === 'string';
}

function isVectorAnswer(answer: unknown): answer is VectorAnswer {
  const { status, data } = fieldsOf(answer);
  const { resultType, result } = fieldsOf(data);
  return (
    status === 'success' && resultType === 'vector' && Array.isArray(result) && result.every(isVectorElement)
  );
}

function isVectorElement(element: unknown): boolean {
  const { metric, value } = fieldsOf(element);
  return (
    isObject(metric) &&
    Object.values(metric).every((label) => typeof label === 'string') &&
    Array.isArray(value) &&
    typeof value[1] === 'string'
  );
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 200);
}
