import type { Server } from './server';
import type { Kind } from './work';

/** Callers that ask again as soon as they are served, or arrivals at random times, in groups. */
export type Load =
  | { readonly callers: number }
  | { readonly perSecond: (at: number) => number; readonly together?: number };

export interface Scenario {
  readonly name: string;
  readonly kind: Kind;
  readonly load: Load;
  readonly seconds: number;
  /** What happens to the server, by seconds. */
  readonly events?: readonly { readonly at: number; readonly run: (server: Server) => void }[];
  /** Size at the beginning. Default: 10, as in pg-pool. */
  readonly start?: number;
  /** When the processes start and are killed. Default: one that lives all the time. */
  readonly processes?: readonly { readonly from: number; readonly to: number }[];
  readonly maxConnections?: number;
}
