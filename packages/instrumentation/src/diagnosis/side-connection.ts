import { sideClientLike } from '../drivers/any-client';
import type { SideClient } from '../drivers/side-client';
import type { Timers } from '../platform';
import type { Route, Rows, SideConnection, SideFailure } from './contracts';
import { inOwnContext } from './own-context';
import { TimeLimit } from './time-limit';

const CONNECT_MILLISECONDS = 2000;
const ANSWER_MILLISECONDS = 2000;

/** A question has no answer. Its message contains no message of the server. */
export class NoAnswer extends Error {
  readonly failure: SideFailure;

  constructor(failure: SideFailure) {
    super(`no answer (${failure.phase}, ${failure.code ?? failure.reason})`);
    this.failure = failure;
  }
}

/** An open connection for questions, with time limits. It never keeps the process alive. */
export class OpenSideConnection implements SideConnection {
  readonly #client: SideClient;
  readonly #timers: Timers;
  isOpen = true;

  private constructor(client: SideClient, timers: Timers) {
    this.#client = client;
    this.#timers = timers;
    client.onClose = () => {
      this.isOpen = false;
    };
  }

  /**
   * Opens a connection like that of a client.
   *
   * @returns `undefined` if the connection of this client cannot be imitated
   * @throws NoAnswer if the server refuses it, does not answer within 2 s, or another server answers
   */
  static async like(
    client: object,
    peer: string | undefined,
    timers: Timers,
  ): Promise<OpenSideConnection | undefined> {
    const side = inOwnContext(() => sideClientLike(client));
    if (side === undefined) return undefined;
    const connection = new OpenSideConnection(side, timers);
    await connection.#limited('connect', CONNECT_MILLISECONDS, () => side.connect());
    // The addresses of libpq's connections are not known.
    if (peer === undefined || side.route.peer === peer) return connection;
    connection.close();
    throw new NoAnswer({ phase: 'connect', reason: 'other_server', code: undefined });
  }

  get route(): Route {
    return this.#client.route;
  }

  /** Whether it would keep the process alive while it is open. */
  get isReferenced(): boolean {
    return this.#client.isReferenced;
  }

  ask(message: string): Promise<readonly Rows[]> {
    return this.#limited('answer', ANSWER_MILLISECONDS, () => this.#client.simple(message));
  }

  askOne(statement: string): Promise<Rows> {
    return this.#limited('answer', ANSWER_MILLISECONDS, () => this.#client.extended(statement));
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    // A server that does not answer must not keep the connection open.
    const cancel = this.#timers.later(() => this.#client.destroy(), ANSWER_MILLISECONDS);
    inOwnContext(() => this.#client.end()).then(cancel, cancel);
  }

  /** Closes the connection at the limit. */
  async #limited<Value>(
    phase: SideFailure['phase'],
    milliseconds: number,
    work: () => Promise<Value>,
  ): Promise<Value> {
    if (!this.isOpen) throw new NoAnswer({ phase, reason: 'refused', code: undefined });
    return new Promise((resolve, reject) => {
      const limit = new TimeLimit(this.#timers, milliseconds, () => {
        this.isOpen = false;
        this.#client.destroy();
        const reason = this.#client.password.areRunning ? 'no_password' : 'timeout';
        reject(new NoAnswer({ phase, reason, code: undefined }));
      });
      // The server has answered until then, and does not cause the time that the function takes.
      this.#client.password.onReturn = () => limit.restart();
      inOwnContext(work)
        .then(resolve, (error: unknown) => reject(this.#asFailure(phase, error)))
        .finally(() => limit.cancel());
    });
  }

  #asFailure(phase: SideFailure['phase'], error: unknown): NoAnswer {
    if (phase === 'connect') {
      this.isOpen = false;
      this.#client.destroy();
    }
    return new NoAnswer({ phase, reason: 'refused', code: codeOf(error) });
  }
}

/** SQLSTATE or an error code of Node. */
function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : undefined;
}
