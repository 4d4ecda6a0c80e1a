/** The load of a pool in one tick. */
export interface LoadSample {
  /** Length of the tick. */
  readonly seconds: number;
  /** Connections that were acquired in the tick. */
  readonly checkouts: number;
  /** Mean wait for a connection by Little's law: mean length of the queue × seconds / checkouts. */
  readonly meanWaitSeconds: number;
  /** Mean time from acquire to release of the connections that were released in the tick; absent if there was none. */
  readonly useSeconds: number | undefined;
  /** Mean over time of checked-out connections / max, from 0 to 1. */
  readonly utilisation: number;
  /** Requests that wait now. */
  readonly waiting: number;
  /** Checked-out connections. */
  readonly used: number;
  readonly total: number;
  readonly max: number;
}
