import type { Tracer, TracerProvider } from '@opentelemetry/api';
import { scopeRequested } from '../instrumentations/stand-down';
import { Outward } from './outward';

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
  readonly #outward = new Outward();
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
    const outward = this.#outward;
    const own = (): Tracer => this.#own.getTracer(...scope);
    let target = this.#current;
    let tracer = outward.call(() => target.getTracer(...scope), own);
    /** For calls outward only. */
    const current = (): Tracer => {
      if (target !== this.#current) {
        target = this.#current;
        tracer = target.getTracer(...scope);
      }
      return tracer;
    };
    return {
      startSpan: (...args) =>
        outward.call(
          () => current().startSpan(...args),
          () => own().startSpan(...args),
        ),
      startActiveSpan: (...args: unknown[]) => {
        const work = args.at(-1);
        const all = typeof work === 'function' ? [...args.slice(0, -1), outward.inside(work)] : args;
        const start = (of: Tracer) => Reflect.apply(of.startActiveSpan, of, all) as never;
        return outward.call(
          () => start(current()),
          () => start(own()),
        );
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
