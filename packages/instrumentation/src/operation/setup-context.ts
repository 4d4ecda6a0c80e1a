import type { Context } from '@opentelemetry/api';

/** What a {@link SetupContext}, and all that is derived from it, stands for at present. */
interface Source {
  current: Context;
}

/**
 * The context in which the driver opens a connection. Node passes it on to every event of the socket for as long as the
 * connection lives, so it stands for the context of the setup until that ends, and for the one behind it from then on:
 * otherwise each query of a notification handler would be part of the setup's trace, and the connection would keep the
 * span of its setup.
 */
export class SetupContext implements Context {
  readonly #source: Source;
  /** Derived from it with these values, as some context managers do. */
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
