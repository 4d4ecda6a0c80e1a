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
 * Where the setup of a connection is, by the events of the driver's objects. Listeners only, on events without side
 * effects, and none left behind.
 */
export class SetupSteps {
  readonly #operation: ConnectOperation;
  readonly #steps: SetupStep[] = [];
  readonly #undo: (() => void)[] = [];
  #phase: SetupPhase | undefined;
  #since: number;

  /** @param first `undefined` where nothing tells how far it has come */
  constructor(operation: ConnectOperation, first: SetupPhase | undefined) {
    this.#operation = operation;
    this.#phase = first;
    this.#since = operation.startedAt;
  }

  get phase(): SetupPhase | undefined {
    return this.#phase;
  }

  /** What was taken for this phase was another one. */
  rename(phase: SetupPhase): void {
    this.#phase = phase;
  }

  /** The present phase has come to its end. */
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

  /** As {@link once}, before all others. */
  first(emitter: Emitter, event: string, listener: Listener): void {
    this.#listen(emitter, event, listener, (own) => emitter.prependOnceListener(event, own));
  }

  /** A connection or stream of the user's own may be anything, and what a listener throws would be the driver's error. */
  #listen(emitter: Emitter, event: string, listener: Listener, add: (own: Listener) => unknown): void {
    const own: Listener = (...args) => {
      guarded('the setup of a connection', () => listener(...args));
    };
    const isAdded = guarded('the setup of a connection', () => {
      add(own);
      return true;
    });
    if (isAdded) this.#undo.push(() => emitter.removeListener(event, own));
    // Nothing shows how far it has come.
    else this.#phase = undefined;
  }

  /** Hands the steps over; a phase that has not come to its end is the one that failed. */
  finish(): void {
    this.enter(undefined);
    this.#operation.steps = this.#steps;
    for (const off of this.#undo.splice(0)) guarded('the setup of a connection', off);
  }
}
