import { clientOf, sessionOf } from '../drivers/any-client';
import type { SlowQuery } from '../platform';
import type { OwnKnowledge, OwnSession } from './contracts';

/** What this process knows of the sessions that it has opened at one server. */
export class OwnSessions implements OwnKnowledge {
  readonly #serverKey: string;
  readonly #running: () => Iterable<SlowQuery>;

  /** @param running the queries that have been running for at least 0.1 s */
  constructor(serverKey: string, running: () => Iterable<SlowQuery>) {
    this.#serverKey = serverKey;
    this.#running = running;
  }

  session(pid: number, port?: number): OwnSession | undefined {
    const client = clientOf(this.#serverKey, pid, port);
    const session = client && sessionOf(client);
    if (session === undefined) return undefined;
    const { checkout, isPooled } = session;
    return {
      isCheckedOut: isPooled ? checkout !== undefined : undefined,
      holder: checkout?.holder,
      running: client && this.#runningOn(client),
    };
  }

  #runningOn(client: object): OwnSession['running'] {
    for (const query of this.#running()) {
      if (query.client !== client || query.hasEnded || !query.isSent) continue;
      const { summary, spanContext } = query;
      return { summary, spanContext };
    }
    return undefined;
  }
}
