import type { Route } from '../diagnosis/contracts';
import type { PasswordCalls } from './password-calls';

/** Values as the server sends them, regardless of the application's type parsers. */
export type Row = readonly (string | null)[];

/** A client of the application's driver for questions, which belongs to no pool and is not reported. */
export interface SideClient {
  /** Called once when the connection has closed. */
  onClose: () => void;
  /** The calls of the application's password function for this client. */
  readonly password: PasswordCalls;
  /** What this process knows of the open connection. */
  readonly route: Route;
  /** Whether the open connection keeps the process alive. */
  readonly isReferenced: boolean;
  connect(): Promise<void>;
  /** Sends one message of the simple protocol. Returns the rows of its statements, those of the last one at the end. */
  simple(text: string): Promise<readonly (readonly Row[])[]>;
  /** Sends one statement with the extended protocol. */
  extended(text: string): Promise<readonly Row[]>;
  /** Ends the session. */
  end(): Promise<void>;
  /** Closes the connection without a farewell: the server may not answer. */
  destroy(): void;
}

/** Of the connections for questions, in `pg_stat_activity`. */
export const APPLICATION_NAME = 'pg-otel';
