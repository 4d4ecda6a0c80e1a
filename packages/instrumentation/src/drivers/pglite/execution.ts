import { now, seconds } from '../../clock';
import { type CallersContext, callersContext, type QueryClient, QueryOperation } from '../../operation';
import type { Telemetry } from '../../telemetry';
import { logInternalError } from '../../warnings';
import { weakly } from '../../weak';
import { guarded } from '../guarded';
import { returnedRows } from '../returned-rows';
import type { Database } from './database';
import { withoutLiveIdentifiers } from './live';
import { read } from './message';
import { HAS_STANDARD_STRINGS, type PGlite } from './pglite';

/** A statement as the caller has passed it to the driver. */
export interface Given {
  readonly text: string;
  readonly parameters: readonly unknown[] | undefined;
}

/**
 * One execution of a statement. The text is that of the caller, or, for a statement of a transaction, that of the
 * message with which the driver sends it.
 */
export class Execution implements QueryClient {
  readonly pool = undefined;
  readonly #to: Telemetry;
  readonly #startedAt: number;
  readonly #database: Database;
  #pglite: PGlite | undefined;
  #given: Given | undefined;
  #context: CallersContext | undefined = callersContext();
  #isQueued: boolean;
  #sentAt: number | undefined;
  #operation: QueryOperation | undefined;
  #hasEnded = false;

  constructor(
    to: Telemetry,
    startedAt: number,
    pglite: PGlite,
    database: Database,
    given: Given | undefined,
  ) {
    this.#to = to;
    this.#startedAt = startedAt;
    this.#pglite = pglite;
    this.#database = database;
    this.#given = given;
    this.#isQueued = pglite.ready !== true;
  }

  /** The pending promise of the driver keeps this object alive. */
  get reference(): WeakRef<object> | undefined {
    return weakly(this);
  }

  /** @param isBusy whether other calls hold the mutex that it needs now, or wait for it */
  waits(isBusy: boolean): void {
    guarded('a statement of PGlite', () => {
      this.#isQueued ||= isBusy;
      if (this.#operation !== undefined) this.#operation.isQueued ||= isBusy;
      else if (this.#given !== undefined) this.#begin(this.#given);
    });
  }

  /** It has the mutexes: the driver sends it now. */
  sending(): void {
    this.#database.running = this;
    this.#sentAt = now();
    this.#operation?.leftQueue();
  }

  /** The driver sends this message. */
  sends(message: Uint8Array): void {
    if (this.#operation !== undefined) return;
    guarded('a message of PGlite', () => {
      const part = read(message);
      if (part?.type === 'text') {
        this.#given = { text: part.text, parameters: undefined };
        if (part.isSimple) this.#begin(this.#given);
      } else if (part?.type === 'values' && this.#given !== undefined) {
        const { values } = part;
        this.#begin({ text: this.#given.text, parameters: values.length > 0 ? values : undefined });
      }
    });
  }

  succeeded(value: unknown): void {
    const operation = this.#end();
    if (operation === undefined) return;
    operation.result = value;
    operation.returnedRows = returnedRows(value as Parameters<typeof returnedRows>[0]);
    operation.succeeded();
  }

  failed(error: unknown): void {
    this.#end()?.failed(error);
  }

  #begin({ text, parameters }: Given): QueryOperation | undefined {
    const pglite = this.#pglite;
    if (pglite === undefined) return undefined;
    const statement = this.#to.statements.get(withoutLiveIdentifiers(text), HAS_STANDARD_STRINGS);
    const operation = new QueryOperation(
      this.#to,
      this.#startedAt,
      statement.on(this.#database.targetOf(pglite)),
      this,
      parameters,
      this.#context,
    );
    operation.isInProcess = true;
    operation.isQueued = this.#isQueued;
    // The text of a statement of a transaction is known only when it is sent.
    if (this.#isQueued && this.#sentAt !== undefined) {
      operation.addDetails({ queueSeconds: seconds(this.#sentAt - this.#startedAt) });
    }
    this.#operation = operation.start();
    return operation;
  }

  /** The end of a transaction refers to this object. It must not keep the caller's objects alive. */
  #end(): QueryOperation | undefined {
    if (this.#hasEnded) return undefined;
    this.#hasEnded = true;
    try {
      // A statement that the driver rejects before it is queued or bound.
      return this.#operation ?? (this.#given && this.#begin(this.#given));
    } catch (error) {
      logInternalError('a statement of PGlite', error);
      return undefined;
    } finally {
      if (this.#database.running === this) this.#database.running = undefined;
      this.#operation = undefined;
      this.#pglite = undefined;
      this.#given = undefined;
      this.#context = undefined;
    }
  }
}
