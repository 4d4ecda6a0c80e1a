import { type Attributes, type Context, ROOT_CONTEXT, type SpanContext, trace } from '@opentelemetry/api';

import { logInternalError } from '../../warnings';
import { bodyOf } from './body';

/** Of the logs API, which lives in another package on each OpenTelemetry line. */
const SEVERITY = {
  INFO: { severityNumber: 9, severityText: 'INFO' },
  WARN: { severityNumber: 13, severityText: 'WARN' },
} as const;

/** What both lines' loggers take. */
export interface EventLogger {
  emit(record: {
    eventName: string;
    severityNumber: number;
    severityText: string;
    body: string;
    attributes: Record<string, string | number | boolean | undefined>;
    context: Context;
  }): void;
  /** Younger than the oldest logs API we work with. */
  enabled?(options: { eventName: string; severityNumber: number; context: Context }): boolean;
}

export interface EventRecord {
  readonly eventName: string;
  readonly severity: keyof typeof SEVERITY;
  /** What it is about: events that agree in these are alike. */
  readonly attributes: Attributes;
  /** What was measured of it. */
  readonly details: Attributes;
  /** What is so by now: of events that are counted together the newest says it. */
  readonly standing?: Attributes | undefined;
  /** Says whose trace it belongs to. */
  readonly context: Context;
}

/** Log events, whatever the trace sampling decided; nothing where no logger provider is set. */
export class EventLog {
  readonly #providers: { readonly logger: EventLogger };

  constructor(providers: { readonly logger: EventLogger }) {
    this.#providers = providers;
  }

  emit({ eventName, severity, attributes, details, standing, context }: EventRecord): void {
    try {
      const all = { ...attributes, ...details, ...standing } as Record<
        string,
        string | number | boolean | undefined
      >;
      this.#providers.logger.emit({
        eventName,
        ...SEVERITY[severity],
        body: bodyOf(eventName, all),
        attributes: all,
        context,
      });
    } catch (error) {
      // What the application's logger provider throws must not end the look at what runs.
      logInternalError('a logger', error);
    }
  }
}

/** A context that says whose trace it is and holds nothing else of the caller's. */
export const contextOf = (spanContext: SpanContext | undefined): Context =>
  spanContext === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext);
