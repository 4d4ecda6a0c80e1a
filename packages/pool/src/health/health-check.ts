import type { IdleItem, PgClient, PgPool } from '../pg-pool';
import { type Answer, IdleCheck } from './idle-check';

/** Checks the idle connections of a pool that nobody has used since the last check: use proves the others. */
export class HealthCheck {
  readonly #pool: PgPool;
  readonly idleCheck: IdleCheck;
  /** How often each connection had been used at the last check. */
  readonly #uses = new WeakMap<PgClient, number>();

  constructor(pool: PgPool, timeoutMillis: number) {
    this.#pool = pool;
    this.idleCheck = new IdleCheck(pool, timeoutMillis);
  }

  /**
   * @param asksAll whether connections are asked that their use has proven, too
   * @returns one answer for each connection that was asked
   */
  async run(asksAll: boolean): Promise<readonly Answer[]> {
    const asked = this.#pool._idle.filter((item) => asksAll || !this.#isProven(item));
    const answers = await this.idleCheck.askAll(asked, 'SELECT 1');
    for (const { client } of this.#pool._idle) this.#uses.set(client, client._poolUseCount ?? 0);
    return answers;
  }

  /** A connection on which a query still runs was released before its answer, so its use proves nothing. */
  #isProven({ client }: IdleItem): boolean {
    const uses = this.#uses.get(client);
    return uses !== (client._poolUseCount ?? 0) && client.readyForQuery !== false;
  }
}
