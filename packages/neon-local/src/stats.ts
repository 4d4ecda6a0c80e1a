/** Counts since the endpoint started. */
export interface Stats {
  /** `POST /sql` requests, including those with a fault. */
  requests: number;
  /** Statements of these requests that were sent to Postgres, without START TRANSACTION and COMMIT of a batch. */
  statements: number;
  /** Requests whose client disconnected before Postgres had finished. */
  cancelled: number;
  /** WebSocket upgrades, including those with a fault. */
  connections: number;
  /** WebSockets that are open now. */
  openConnections: number;
}

export function noStats(): Stats {
  return { requests: 0, statements: 0, cancelled: 0, connections: 0, openConnections: 0 };
}
