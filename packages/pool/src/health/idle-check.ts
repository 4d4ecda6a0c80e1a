import { errorType, unobserved } from '@pg-otel/instrumentation/pools';
import { isPromise } from '../is-promise';
import { destroy, type IdleItem, type PgClient, type PgPool } from '../pg-pool';
import { deadline } from '../timers';

/** What a check of one connection has shown. */
export interface Answer {
  readonly durationSeconds: number;
  /** `error.type`; absent when the server has answered. */
  readonly errorType: string | undefined;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

interface Outcome {
  readonly error?: unknown;
  readonly rows?: Answer['rows'];
  /** Whether nothing shows what became of the statement. */
  readonly isUnknown?: boolean;
}

/**
 * SQLSTATE classes that mean trouble with the connection or the server. Other errors, such as that of a transaction which
 * the application left open and failed, are answers of a server that works.
 */
const TROUBLE = /^(08|53|57|58|XX)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * Asks idle connections whether the server answers. It neither acquires nor releases them: that would restart their idle
 * time and count as their use. A request may take a connection while it is asked; the connection then belongs to the
 * request, whose query the driver sends after the answer.
 */
export class IdleCheck {
  readonly #pool: PgPool;
  readonly #timeoutMillis: number;
  /** What hands a connection over to the request that takes it. */
  readonly #handOver = new Map<PgClient, () => void>();
  readonly #onAcquire = (client: PgClient) => this.#handOver.get(client)?.();

  constructor(pool: PgPool, timeoutMillis: number) {
    this.#pool = pool;
    this.#timeoutMillis = timeoutMillis;
  }

  /** One after the other, so that at most one connection is busy; once one has failed, the others at the same time. */
  async askAll(items: readonly IdleItem[], statement: string): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const [index, item] of items.entries()) {
      const answer = await this.ask(item, statement);
      if (answer === undefined) continue;
      answers.push(answer);
      if (answer.errorType === undefined) continue;
      const others = await Promise.all(items.slice(index + 1).map((other) => this.ask(other, statement)));
      return [...answers, ...others.filter((other) => other !== undefined)];
    }
    return answers;
  }

  /**
   * A connection that fails or does not answer is removed from the pool, unless a request has taken it.
   *
   * @returns undefined when the connection is no longer idle, is being asked, was closed on purpose before it answered, or
   *   has a replaced `query` that returns no promise
   */
  async ask(item: IdleItem, statement: string): Promise<Answer | undefined> {
    const { client, idleListener } = item;
    if (!this.#isIdle(item) || this.#handOver.has(client)) return undefined;
    const start = performance.now();
    let isOurs = true;
    let onError: (error: unknown) => void = () => {};

    // An error of the connection is the result of the check. pg-pool's listener would report an error that the pool would
    // not have had now without a check, as an 'error' event that ends a process without a listener.
    client.removeListener('error', idleListener);
    const outcome = new Promise<Outcome>((resolve) => {
      onError = (error) => {
        if (isOurs) this.#remove(client);
        resolve({ error });
      };
      client.on('error', onError);
      this.#track(client, () => {
        isOurs = false;
        client.removeListener('error', onError);
      });
      const stop = deadline(this.#timeoutMillis, () => resolve({ error: new NoAnswer() }));
      const settle = (result: Outcome) => {
        stop();
        resolve(result);
      };
      try {
        // Without a callback: a `query` that the application has replaced by an async function may know none.
        const asked = unobserved(() => client.query(statement));
        if (isPromise(asked)) {
          (asked as Promise<{ rows?: Answer['rows'] } | undefined>).then(
            (result) => settle({ rows: result?.rows ?? [] }),
            // Also the end of the idle time, of the lifetime and of the pool close a connection that is being asked.
            (error) => settle(client._ending ? { isUnknown: true } : { error }),
          );
        } else {
          settle({ isUnknown: true });
        }
      } catch (error) {
        settle({ error });
      }
    });
    const { error, rows = [], isUnknown = false } = await outcome;
    const durationSeconds = (performance.now() - start) / 1000;
    this.#untrack(client);
    const type = error === undefined ? undefined : typeOf(error);
    if (isOurs) {
      if (type !== undefined) {
        this.#remove(client);
      } else if (this.#isIdle(item)) {
        client.removeListener('error', onError);
        client.on('error', idleListener);
      }
    }
    return isUnknown ? undefined : { durationSeconds, errorType: type, rows };
  }

  #isIdle(item: IdleItem): boolean {
    return this.#pool._idle.includes(item);
  }

  #remove(client: PgClient): void {
    if (!this.#pool._idle.some((item) => item.client === client)) return;
    this.#pool._remove(client);
    destroy(client);
  }

  #track(client: PgClient, handOver: () => void): void {
    if (this.#handOver.size === 0) this.#pool.on('acquire', this.#onAcquire);
    this.#handOver.set(client, handOver);
  }

  #untrack(client: PgClient): void {
    this.#handOver.delete(client);
    if (this.#handOver.size === 0) this.#pool.off('acquire', this.#onAcquire);
  }
}

class NoAnswer extends Error {
  readonly code = 'timeout';
}

/** `error.type` of a failed check; absent for an error that shows a working server. */
function typeOf(error: unknown): string | undefined {
  const type = errorType(error);
  return SQLSTATE.test(type) && !/^E[A-Z]/.test(type) && !TROUBLE.test(type) ? undefined : type;
}
