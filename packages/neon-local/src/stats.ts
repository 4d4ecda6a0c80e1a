/** What an endpoint has served since it started. */
export interface Stats {
  /** POST /sql that arrived, those answered by a fault included. */
  requests: number;
  /** Statements sent to Postgres for them; not what surrounds a batch (START TRANSACTION, COMMIT). */
  statements: number;
  /** Requests whose client went away while Postgres worked for them. */
  cancelled: number;
  /** WebSocket upgrades that arrived, those answered by a fault included. */
  connections: number;
  /** WebSockets that are open now. */
  openConnections: number;
}

export function noStats(): Stats {
  return { requests: 0, statements: 0, cancelled: 0, connections: 0, openConnections: 0 };
}
