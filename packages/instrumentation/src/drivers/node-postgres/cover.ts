import type { QueryOperation } from '../../operation';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { intercept } from '../method';

/** The methods of one submittable (and its cursor) that are covered while it runs. */
export class Cover {
  readonly #operation: QueryOperation;
  readonly #undo: (() => void)[] = [];

  constructor(operation: QueryOperation) {
    this.#operation = operation;
  }

  /** Tells before the object's own method runs. */
  before(object: object, name: string, tell: (...args: unknown[]) => void): void {
    this.#intercept(object, name, (original) => {
      return function covered(this: unknown, ...args: unknown[]): unknown {
        report(tell, args);
        return Reflect.apply(original, this, args);
      };
    });
  }

  /** As {@link before}, for what pg's client calls when the server answers: callbacks of the caller start from here. */
  answer(object: object, name: string, tell: (...args: unknown[]) => void): void {
    const operation = this.#operation;
    this.#intercept(object, name, (original) => {
      return function covered(this: unknown, ...args: unknown[]): unknown {
        report(tell, args);
        return operation.inCallersContext(() => Reflect.apply(original, this, args));
      };
    });
  }

  /** As {@link answer}, told when the object's own method has returned. */
  after(object: object, name: string, tell: (...args: unknown[]) => void): void {
    const operation = this.#operation;
    this.#intercept(object, name, (original) => {
      return function covered(this: unknown, ...args: unknown[]): unknown {
        try {
          return operation.inCallersContext(() => Reflect.apply(original, this, args));
        } finally {
          report(tell, args);
        }
      };
    });
  }

  /** Tells when the method is called and when it calls back (its last argument). */
  around(object: object, name: string, called: () => void, calledBack: () => void): void {
    this.#intercept(object, name, (original) => {
      return function covered(this: unknown, ...args: unknown[]): unknown {
        report(called, args);
        const callback = args.at(-1);
        if (typeof callback !== 'function') return Reflect.apply(original, this, args);
        const telling = function (this: unknown, ...results: unknown[]): unknown {
          report(calledBack, results);
          return Reflect.apply(callback, this, results);
        };
        return Reflect.apply(original, this, [...args.slice(0, -1), telling]);
      };
    });
  }

  /** In reverse order: a method may be covered more than once. */
  remove(): void {
    for (let off = this.#undo.pop(); off !== undefined; off = this.#undo.pop()) guarded('a submittable', off);
  }

  #intercept(object: object, name: string, make: (original: Callback) => Callback): void {
    this.#undo.push(intercept(object, name, make));
  }
}

/** What is looked at is the user's object, and may throw. */
const report = (tell: (...args: unknown[]) => void, args: unknown[]): void =>
  guarded('a submittable', () => tell(...args));
