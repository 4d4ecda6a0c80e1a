import type { Kind } from './work';

/** Callers that ask again as soon as they are served, or arrivals at random times, in groups. */
type Load =
  | { readonly callers: number }
  | { readonly perSecond: (at: number) => number; readonly together?: number };

/** What a scenario does to a server, simulated or real. */
export interface FaultyServer {
  /** Factors of the CPU time and of the time that queries sleep. */
  slowDown(factors: { cpu?: number; sleep?: number }): void;
  /** All connections are lost, and new ones are refused. */
  stop(): void;
  start(): void;
  /** Nothing goes on, and connections stay. */
  freeze(): void;
  thaw(): void;
}

export interface Scenario {
  readonly name: string;
  readonly kind: Kind;
  readonly load: Load;
  readonly seconds: number;
  /** What happens to the server, by seconds. */
  readonly events?: readonly { readonly at: number; readonly run: (server: FaultyServer) => void }[];
  /** Size at the beginning. Default: 10, as in pg-pool. */
  readonly start?: number;
  /** When the processes start and are killed. Default: one that lives all the time. */
  readonly processes?: readonly { readonly from: number; readonly to: number }[];
  /** Whether `npm run bench:pool` leaves it out. */
  readonly isSimulatedOnly?: boolean;
}
