import { now } from '../clock';
import type { ConnectOperation, SetupPhase, SetupStep } from '../operation';
import { guarded } from './guarded';

type Listener = (...args: unknown[]) => void;
interface Emitter {
  once(event: string, listener: Listener): unknown;
  prependOnceListener(event: string, listener: Listener): unknown;
  removeListener(event: string, listener: Listener): unknown;
}

/**
 * Follows the phases of a connection's setup by events of the driver's objects. It only adds listeners, only to events
 * where a listener has no side effects, and removes them at the end.
 */
export class SetupSteps {
  readonly #operation: ConnectOperation;
  readonly #steps: SetupStep[] = [];
  readonly #undo: (() => void)[] = [];
  #phase: SetupPhase | undefined;
  #since: number;

  /** @param first `undefined` when no event shows the phases */
  constructor(operation: ConnectOperation, first: SetupPhase | undefined) {
    this.#operation = operation;
    this.#phase = first;
    this.#since = operation.startedAt;
  }

  get phase(): SetupPhase | undefined {
    return this.#phase;
  }

  /** Corrects the current phase. */
  rename(phase: SetupPhase): void {
    this.#phase = phase;
  }

  /** The current phase has ended, and the next one begins. */
  enter(next: SetupPhase | undefined): void {
    if (this.#phase === undefined) return;
    const at = now();
    this.#steps.push({ phase: this.#phase, startedAt: this.#since, endedAt: at });
    this.#phase = next;
    this.#since = at;
  }

  reached(socket: { remoteAddress?: string; remotePort?: number }): void {
    const { remoteAddress, remotePort } = socket;
    if (typeof remoteAddress === 'string')
      this.#operation.peer = { address: remoteAddress, port: remotePort };
  }

  once(emitter: Emitter, event: string, listener: Listener): void {
    this.#listen(emitter, event, listener, (own) => emitter.once(event, own));
  }

  /** As {@link once}, before all other listeners. */
  first(emitter: Emitter, event: string, listener: Listener): void {
    this.#listen(emitter, event, listener, (own) => emitter.prependOnceListener(event, own));
  }

  /** A user's connection or stream may be any object, and an error in a listener would become the driver's error. */
  #listen(emitter: Emitter, event: string, listener: Listener, add: (own: Listener) => unknown): void {
    const own: Listener = (...args) => {
      guarded('the setup of a connection', () => listener(...args));
    };
    const isAdded = guarded('the setup of a connection', () => {
      add(own);
      return true;
    });
    if (isAdded) this.#undo.push(() => emitter.removeListener(event, own));
    // Without this event the phases are unknown.
    else this.#phase = undefined;
  }

  /** Ends the current phase, and passes the steps to the operation. After a failure, the last step is the phase that failed. */
  finish(): void {
    this.enter(undefined);
    this.#operation.steps = this.#steps;
    for (const off of this.#undo.splice(0)) guarded('the setup of a connection', off);
  }
}
