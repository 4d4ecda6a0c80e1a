import type { Tracer, TracerProvider } from '@opentelemetry/api';
import { scopeRequested } from '../instrumentations/stand-down';

/** What an SDK's provider has and the API's does not. */
interface SdkTracerProvider extends TracerProvider {
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
  /** Of the API's proxy. */
  getDelegate?(): TracerProvider;
}

/**
 * A tracer provider that leads to another one from some moment on, with the tracers it has handed out. The tracers of
 * the API's proxy keep the first provider they find.
 */
export class ForwardingTracerProvider implements SdkTracerProvider {
  readonly #own: SdkTracerProvider;
  #target: SdkTracerProvider;

  constructor(own: TracerProvider) {
    this.#own = own;
    this.#target = own;
  }

  /** @param target may be the API's proxy in front of this very provider, about to get another one */
  forwardTo(target: TracerProvider): void {
    this.#target = target;
  }

  getTracer(...scope: Parameters<TracerProvider['getTracer']>): Tracer {
    scopeRequested(scope[0]);
    let target = this.#current;
    let tracer = target.getTracer(...scope);
    const current = (): Tracer => {
      if (target !== this.#current) {
        target = this.#current;
        tracer = target.getTracer(...scope);
      }
      return tracer;
    };
    return {
      startSpan: (...args) => current().startSpan(...args),
      startActiveSpan: (...args: unknown[]) => {
        const { startActiveSpan } = current();
        return Reflect.apply(startActiveSpan, tracer, args) as never;
      },
    };
  }

  async forceFlush(): Promise<void> {
    await this.#current.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#current.shutdown?.();
  }

  get #current(): SdkTracerProvider {
    return this.#target.getDelegate?.() === this ? this.#own : this.#target;
  }
}
