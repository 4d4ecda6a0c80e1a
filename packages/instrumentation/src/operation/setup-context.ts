import type { Context } from '@opentelemetry/api';

/** The context that a {@link SetupContext}, and all contexts derived from it, currently represent. */
interface Source {
  current: Context;
}

/**
 * The context in which the driver opens a connection. Node passes it to every event of the socket for as long as the
 * connection lives. Therefore it represents the context of the setup until the setup ends, and the caller's context from
 * then on. Otherwise each query of a notification handler would be part of the setup's trace, and the connection would
 * keep the span of its setup alive.
 */
export class SetupContext implements Context {
  readonly #source: Source;
  /** Values of a derived context, which some context managers create. */
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(source: Source, values: ReadonlyMap<symbol, unknown> = new Map()) {
    this.#source = source;
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.has(key) ? this.#values.get(key) : this.#source.current.getValue(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new SetupContext(this.#source, new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Context {
    return this.setValue(key, undefined);
  }
}
