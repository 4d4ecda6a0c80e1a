import type { SpanContext } from '@opentelemetry/api';
import type {
  ConnectionCloseMessage,
  ConnectionReleaseMessage,
  EventMessage,
  OperationEndMessage,
  OperationMessage,
} from './channels';
import type { Diagnosis } from './diagnosis/contracts';
import type { Histograms } from './observers/histograms/histograms';
import type { ManagedPools } from './observers/managed-pools';
import type { OperationKind } from './operation';

/** The parts of Node that fetch-only runtimes lack. Features that need a missing part are turned off. */
export interface Platform {
  readonly timers?: Timers;
  readonly channels?: Channels;
  /** Whether the object is a Proxy. Reading a Proxy would run the application's code. */
  isProxy?(value: object): boolean;
  /** What asks the server, shared by all instrumentations of the process. Its code is loaded by the first call. */
  diagnoser?(): Diagnoser;
  /** Creates the observer of pools that `@pg-otel/pool` manages. The package runs in Node only. */
  managedPools?(histograms: Histograms): ManagedPools;
}

/** Timers that belong to no request: they run without a context, and keep neither a context nor the process alive. */
export interface Timers {
  /** Runs a function after a delay. Returns a function that cancels it. */
  later(run: () => void, milliseconds: number): () => void;
  /** Runs a function after the event loop has read from sockets twice, because the first read may cause a second one. */
  afterReading(run: () => void): void;
}

/** Where messages for other packages of the process are published. A message is created only for subscribers. */
export interface Channels {
  readonly operationStart: Channel<OperationMessage>;
  readonly operationEnd: Channel<OperationEndMessage>;
  readonly connectionRelease: Channel<ConnectionReleaseMessage>;
  readonly connectionClose: Channel<ConnectionCloseMessage>;
  readonly event: Channel<EventMessage>;
}

interface Channel<Message> {
  readonly hasSubscribers: boolean;
  publish(message: Message): void;
}

/** A running query, as the observers know it, with references to objects of the application that are weak. */
export interface SlowQuery {
  readonly kind: OperationKind;
  readonly summary: string;
  /** The text as sent, cut at 8192 characters. */
  readonly text: string;
  /** The number of bound values. */
  readonly parameterCount: number;
  /** Whether a consumer sets the pace: cursors, streams, COPY. */
  readonly isPaced: boolean;
  readonly spanContext: SpanContext | undefined;
  /** Whether it has left the client's queue. */
  readonly isSent: boolean;
  readonly hasEnded: boolean;
  /** The driver's client; `undefined` if it is gone, and for requests over HTTP. */
  readonly client: object | undefined;
  /** Seconds since its start. */
  ageSeconds(at: number): number;
}

/** A question about one query. */
export interface Question {
  readonly query: SlowQuery;
  /** Whether it is the oldest of its kind: these are asked about first. */
  readonly isOldest: boolean;
  /** The queries that have been running for at least 0.1 s. */
  running(): Iterable<SlowQuery>;
  /** How long the event loop was blocked while the query ran, in seconds. */
  eventLoopDelaySeconds(): number;
  /** Called with the first findings, and again with further ones. It ignores those about a query that has ended. */
  report(diagnosis: Diagnosis): void;
}

/** Asks the server why queries are slow. */
export interface Diagnoser {
  /** Asks soon: at most once per second and database, about up to ten queries. */
  ask(question: Question): void;
}
