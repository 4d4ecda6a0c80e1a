import type { Tracer, TracerProvider } from '@opentelemetry/api';
import { tracerRequested } from '../instrumentations/duplicates';
import { ReentrancyGuard } from './reentrancy';

/** The methods that an SDK's provider has in addition to the API's interface. */
interface SdkTracerProvider extends TracerProvider {
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
  /** Only the API's proxy has it. */
  getDelegate?(): TracerProvider;
}

/**
 * A tracer provider that can be redirected to another one, together with the tracers it has returned before. The API's
 * proxy cannot do that: its tracers keep the first provider they find.
 */
export class ForwardingTracerProvider implements SdkTracerProvider {
  readonly #own: SdkTracerProvider;
  readonly #guard = new ReentrancyGuard();
  #target: SdkTracerProvider;

  constructor(own: TracerProvider) {
    this.#own = own;
    this.#target = own;
  }

  /** @param target may be the API's proxy in front of this very provider, which is about to get another delegate */
  forwardTo(target: TracerProvider): void {
    this.#target = target;
  }

  getTracer(...scope: Parameters<TracerProvider['getTracer']>): Tracer {
    tracerRequested(scope[0]);
    const guard = this.#guard;
    const own = (): Tracer => this.#own.getTracer(...scope);
    let target = this.#current();
    let tracer = guard.call(() => target.getTracer(...scope), own);
    /** Call it inside the guard only. */
    const current = (): Tracer => {
      if (target !== this.#current()) {
        target = this.#current();
        tracer = target.getTracer(...scope);
      }
      return tracer;
    };
    return {
      startSpan(...args) {
        if (!guard.enter()) return own().startSpan(...args);
        try {
          return current().startSpan(...args);
        } finally {
          guard.leave();
        }
      },
      startActiveSpan: (...args: unknown[]) => {
        const work = args.at(-1);
        const all = typeof work === 'function' ? [...args.slice(0, -1), guard.outside(work)] : args;
        const start = (of: Tracer) => Reflect.apply(of.startActiveSpan, of, all) as never;
        return guard.call(
          () => start(current()),
          () => start(own()),
        );
      },
    };
  }

  async forceFlush(): Promise<void> {
    await this.#current().forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#current().shutdown?.();
  }

  #current(): SdkTracerProvider {
    return this.#target.getDelegate?.() === this ? this.#own : this.#target;
  }
}
