import type { Attributes, SpanContext } from '@opentelemetry/api';

/** An operation that the server is asked about. It references no object of the caller. */
export interface Subject {
  /** Identifies the operation in the question and in its answer: a whole number, unique within one question. */
  readonly key: number;
  /**
   * The process id that the server sent for the operation's connection. A pooler sends a random number instead.
   * `undefined` for `pg.native`.
   */
  readonly pid: number | undefined;
  /** The local port of the operation's connection. `undefined` for Unix sockets, WebSockets and `pg.native`. */
  readonly port: number | undefined;
  readonly ageSeconds: number;
  /** The text as sent, with its comment, cut at 8192 characters. It is compared with the server's text, and never reported. */
  readonly text: string;
  /** `db.query.summary` */
  readonly summary: string;
  /** The number of bound values. */
  readonly parameterCount: number;
  /** Whether a consumer sets the pace: cursors, streams, COPY. */
  readonly isPaced: boolean;
  /** The trace of the operation's span, or of its caller's if it has none. */
  readonly spanContext: SpanContext | undefined;
  /** How long the event loop of this process was blocked while the operation ran. */
  readonly eventLoopDelaySeconds: number;
}

/**
 * The connection for questions, as this process knows it. The server compares it with what it shows itself: the
 * connections of the operations go the same way.
 */
export interface Route {
  /** The process id that the server, or a pooler in between, has sent. `undefined` for `pg.native`. */
  readonly pid: number | undefined;
  /** The local port. `undefined` for Unix sockets, WebSockets and `pg.native`. */
  readonly port: number | undefined;
  /** The address and port that it leads to. `undefined` like `port`. */
  readonly peer: string | undefined;
  readonly peerPort: number | undefined;
}

/**
 * How certain a finding is. `proven`: the server states it. `observed`: counted samples, or estimates of the server.
 * `possible`: a possible cause.
 */
export type Certainty = 'proven' | 'observed' | 'possible';

/** What a finding is about: `pg_otel.diagnosis.kinds`. */
export type FindingKind =
  | 'lock'
  | 'deadlock'
  | 'blocked_by_itself'
  | 'wait'
  | 'temporary_files'
  | 'computing'
  | 'answered_unread'
  | 'not_arrived'
  | 'not_executed'
  | 'unread_by_client'
  | 'cursor_idle'
  | 'session_gone'
  | 'unreachable'
  | 'slots_exhausted'
  | 'plan'
  | 'outdated_statistics'
  | 'usual';

/** One statement about why an operation is slow. */
export interface Finding {
  readonly kind: FindingKind;
  readonly certainty: Certainty;
  /**
   * One sentence in plain English, without a capital letter at its start and a period at its end. It contains no literal,
   * and no text of a statement except its summary.
   */
  readonly sentence: string;
  readonly attributes?: Attributes;
  /** The span of the operation, or of the caller, that causes the wait. */
  readonly blocker?: SpanContext;
}

/** Why an operation is slow, as of one question. */
export interface Diagnosis {
  /** The most helpful finding first; empty if the server's answer explains nothing. */
  readonly findings: readonly Finding[];
  /** Why the server could not be asked; `undefined` if it was. It contains no server message. */
  readonly unavailable?: string;
}

/** A session of this process. */
export interface OwnSession {
  /** Whether its pool has handed it out. `undefined` for a client without a pool. */
  readonly isCheckedOut: boolean | undefined;
  /** The span of the caller that has checked it out. */
  readonly holder: SpanContext | undefined;
  /** The operation that runs on it, if it has been running for at least 0.1 s. */
  readonly running: { readonly summary: string; readonly spanContext: SpanContext | undefined } | undefined;
}

/** What this process knows of the sessions that it has opened. */
export interface OwnKnowledge {
  /**
   * Returns the session with this process id at the server of the question; `undefined` for another process's session.
   *
   * @param port `client_port` of the session, if the server shows it: the process id of a pooler is a random number
   */
  session(pid: number, port?: number | undefined): OwnSession | undefined;
}

/** The rows of one statement, with columns as the server sends them. */
export type Rows = readonly (readonly (string | null)[])[];

/**
 * A connection for questions, outside every pool. Each call has a limit of 2 s, after which the connection is closed.
 * After an error of the server, the transaction has been rolled back.
 */
export interface SideConnection {
  readonly route: Route;
  /**
   * Sends one message of the simple protocol, which may contain several statements.
   *
   * @returns the rows of each statement
   * @throws Error of the driver or the server
   */
  ask(message: string): Promise<readonly Rows[]>;
  /**
   * Sends one statement with the extended protocol: the server refuses a text that contains several.
   *
   * @throws Error of the driver or the server
   */
  askOne(statement: string): Promise<Rows>;
}

/** Why a question has no answer. */
export interface SideFailure {
  /** What was being done. */
  readonly phase: 'connect' | 'answer';
  /**
   * `timeout`: no answer within 2 s. `no_password`: the password function of the application has not returned within 2 s.
   * `other_server`: the name of the server resolves to several addresses, and the
   * connection leads to another one than that of the operation.
   */
  readonly reason: 'timeout' | 'no_password' | 'refused' | 'other_server';
  /** SQLSTATE of the server, or Node's error code. */
  readonly code: string | undefined;
}
