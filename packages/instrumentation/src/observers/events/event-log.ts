import { type Attributes, type Context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';
import type { EventMessage } from '../../channels';
import type { Operation } from '../../operation';
import type { Channels } from '../../platform';
import { DB_QUERY_SUMMARY, OPERATION_KIND } from '../../semconv';
import { traceIdentity, withIds } from '../../trace-identity';
import { logInternalError } from '../../warnings';
import { connectionAttributes } from '../connection-attributes';
import { bodyOf } from './body';

/** Severities of the logs API, which is in a different package in each major version of OpenTelemetry. */
const SEVERITY = {
  INFO: { severityNumber: 9, severityText: 'INFO' },
  WARN: { severityNumber: 13, severityText: 'WARN' },
} as const;

/** The methods of a logger that are the same in both major versions of OpenTelemetry. */
export interface EventLogger {
  emit(record: {
    eventName: string;
    severityNumber: number;
    severityText: string;
    body: string;
    attributes: Attributes;
    context: Context;
  }): void;
  /** Missing from older versions of the logs API. */
  enabled?(options: { eventName: string; severityNumber: number; context: Context }): boolean;
}

export interface Loggers {
  readonly logger: EventLogger;
  /** Whether the logger emits events. */
  readonly isLogging: boolean;
}

export interface EventRecord {
  readonly eventName: string;
  readonly severity: keyof typeof SEVERITY;
  /** Identify the subject of the event. Events with the same attributes are counted together. */
  readonly attributes: Attributes;
  /** Measurements of one event. */
  readonly details: Attributes;
  /** The current state. For events counted together, the state of the newest is emitted. */
  readonly state?: Attributes | undefined;
  /** Links the event to its trace. */
  readonly context: Context;
}

/** Emits log events to the logger and to the channel of events, independently of trace sampling. */
export class EventLog {
  readonly #providers: Loggers;
  readonly #channels: Channels | undefined;

  constructor(providers: Loggers, channels: Channels | undefined) {
    this.#providers = providers;
    this.#channels = channels;
  }

  /** Whether anything receives events. */
  get isReceived(): boolean {
    return this.#providers.isLogging || this.#channels?.event.hasSubscribers === true;
  }

  emit({ eventName, severity, attributes, details, state, context }: EventRecord): void {
    try {
      const all = { ...attributes, ...details, ...state } as EventMessage['attributes'];
      const body = bodyOf(eventName, all);
      if (this.#channels?.event.hasSubscribers) {
        this.#channels.event.publish({
          name: eventName,
          timestamp: Date.now(),
          severity,
          body,
          attributes: all,
          ...traceIdentity(withIds(trace.getSpanContext(context))),
        });
      }
      this.#providers.logger.emit({ eventName, ...SEVERITY[severity], body, attributes: all, context });
    } catch (error) {
      // An error of the application's logger provider must not stop the check of running operations.
      logInternalError('a logger', error);
    }
  }
}

/** Returns a context that contains a span's identity, and no other values of the caller's context. */
export const contextOf = (spanContext: SpanContext | undefined): Context =>
  spanContext === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext);

/** Attributes that identify the operation an event is about. */
export function operationAttributes(
  { kind, target, pool }: Pick<Operation, 'kind' | 'target' | 'pool'>,
  summary: string,
): Attributes {
  return {
    ...connectionAttributes(target, pool),
    [OPERATION_KIND]: kind,
    ...(summary !== '' && { [DB_QUERY_SUMMARY]: summary }),
  };
}
