import { attachment } from '../../attachment';
import { Target } from '../../target';
import type { Callback } from '../callback';
import type { PostgresOptions } from './postgres';

/** What is known of one instance, which one call of `postgres(…)` creates. */
export class Instance {
  readonly target: Target;
  readonly #options: PostgresOptions;
  /** A statement may have changed `standard_conforming_strings`. */
  mayHaveChangedStrings = false;

  private constructor(options: PostgresOptions) {
    this.#options = options;
    this.target = targetOf(options);
  }

  static of(options: PostgresOptions): Instance {
    let instance = byOptions.get(options);
    if (instance === undefined) {
      instance = new Instance(options);
      byOptions.set(options, instance);
    }
    return instance;
  }

  /** The instance of a query; `undefined` for the driver's own queries, and for an instance that is not known. */
  static withCanceller(canceller: Callback | null | undefined): Instance | undefined {
    return typeof canceller === 'function' ? byCanceller.get(canceller) : undefined;
  }

  /** @param canceller the function that all queries of the instance share */
  identifyBy(canceller: Callback): void {
    byCanceller.set(canceller, this);
  }

  /** The server has reported `standard_conforming_strings` as on, and no statement may have changed it. */
  get hasStandardStrings(): boolean {
    return !this.mayHaveChangedStrings && this.#options.parameters?.['standard_conforming_strings'] === 'on';
  }
}

const byOptions = attachment<PostgresOptions, Instance>();
const byCanceller = attachment<Callback, Instance>();

/** The end of a socket's path that the driver adds to the directory (src/index.js, parseOptions). */
const SOCKET = /\/\.s\.PGSQL\.\d+$/;

function targetOf({ host, port, path, database }: PostgresOptions): Target {
  if (typeof path === 'string' && path !== '') return Target.of({ host: path.replace(SOCKET, ''), database });
  return Target.of({ host: firstOf(host), port: firstOf(port), database });
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
