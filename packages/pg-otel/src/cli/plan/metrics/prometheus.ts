import { type HttpAnswer, httpAnswer, NoAnswer } from '../../http-answer';

/** The metrics could not be read. The message is one line with the remedy, and the exit code is 1. */
export class MetricsUnreadable extends Error {
  override readonly name = 'MetricsUnreadable';
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const ANSWER_MILLIS = 30_000;

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

  async #get(url: URL): Promise<HttpAnswer> {
    try {
      return await httpAnswer(url, ANSWER_MILLIS, { headers: this.#headers });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      throw new MetricsUnreadable(`${this.name} ${error.message}`);
    }
  }
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
