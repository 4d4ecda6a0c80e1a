import type { QueryOperation } from '../operation';
import type { Callback } from './callback';
import { guarded } from './guarded';
import { intercept } from './method';

type Report = (...args: unknown[]) => void;

/** The methods of one submittable (and its cursor) that are wrapped while it runs. */
export class WrappedMethods {
  readonly #operation: QueryOperation;
  readonly #undo: (() => void)[] = [];

  constructor(operation: QueryOperation) {
    this.#operation = operation;
  }

  /** Reports each call before the object's own method runs. */
  before(object: object, name: string, report: Report): void {
    this.#wrap(object, name, (original) => {
      return function wrapped(this: unknown, ...args: unknown[]): unknown {
        reportGuarded(report, args);
        return Reflect.apply(original, this, args);
      };
    });
  }

  /**
   * As {@link before}, for methods that pg's client calls when the server answers. They run in the caller's context,
   * because they call the caller's callbacks.
   */
  onAnswer(object: object, name: string, report: Report): void {
    const operation = this.#operation;
    this.#wrap(object, name, (original) => {
      return function wrapped(this: unknown, ...args: unknown[]): unknown {
        reportGuarded(report, args);
        return operation.inCallersContext(original, this, args);
      };
    });
  }

  /** As {@link onAnswer}, but reports when the object's own method has returned. */
  after(object: object, name: string, report: Report): void {
    const operation = this.#operation;
    this.#wrap(object, name, (original) => {
      return function wrapped(this: unknown, ...args: unknown[]): unknown {
        try {
          return operation.inCallersContext(original, this, args);
        } finally {
          reportGuarded(report, args);
        }
      };
    });
  }

  /** Reports when the method is called, and when it calls its last argument back. */
  around(object: object, name: string, reportCall: Report, reportCallback: Report): void {
    this.#wrap(object, name, (original) => {
      return function wrapped(this: unknown, ...args: unknown[]): unknown {
        reportGuarded(reportCall, args);
        const callback = args.at(-1);
        if (typeof callback !== 'function') return Reflect.apply(original, this, args);
        const calledBack = function (this: unknown, ...results: unknown[]): unknown {
          reportGuarded(reportCallback, results);
          return Reflect.apply(callback, this, results);
        };
        return Reflect.apply(original, this, [...args.slice(0, -1), calledBack]);
      };
    });
  }

  /** In reverse order, because a method may be wrapped more than once. */
  unwrap(): void {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop())
      guarded('a submittable', undo);
  }

  #wrap(object: object, name: string, make: (original: Callback) => Callback): void {
    this.#undo.push(intercept(object, name, make));
  }
}

/** Runs a report, which may throw, because it reads the user's object. */
const reportGuarded = (report: Report, args: unknown[]): void =>
  guarded('a submittable', () => report(...args));
