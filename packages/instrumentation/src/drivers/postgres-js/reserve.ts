import { now } from '../../clock';
import { type AcquireOperation, type AcquirePath, callersContext } from '../../operation';
import type { Checkout } from '../../pool-state';
import { type Telemetry, telemetry } from '../../telemetry';
import { CallScope } from '../call-scope';
import { stackBelow } from '../call-stack';
import type { Callback } from '../callback';
import { guarded } from '../guarded';
import { replacementOf } from '../method';
import type { Instance } from './instance';
import type { Sql } from './postgres';

/** Calls of `reserve`: a connection that is taken or opened within the call belongs to its request. */
export const reserveCalls = new CallScope<Reservation>();

/** One call of `reserve`, until it gets its connection. */
export class Reservation {
  readonly #to: Telemetry;
  readonly #instance: Instance;
  readonly #startedAt = now();
  readonly #context = callersContext();
  readonly #takenAt: string | undefined;
  #request: AcquireOperation | undefined;
  isServed = false;

  /** @param reserve the replacement; the stack frames below it belong to the caller */
  constructor(to: Telemetry, instance: Instance, reserve: Callback) {
    this.#to = to;
    this.#instance = instance;
    this.#takenAt = to.samplesStack(this.#startedAt) ? stackBelow(reserve) : undefined;
  }

  /** The request is served in this way. The first call counts. */
  by(path: AcquirePath): AcquireOperation | undefined {
    this.#request ??= this.#instance.request(this.#to, this.#startedAt, path, this.#context);
    return this.#request;
  }

  delivered(): { readonly checkout: Checkout; readonly waitSeconds: number } | undefined {
    this.isServed = true;
    const request = this.by('idle');
    if (request === undefined || request.hasEnded) return undefined;
    const checkout = this.#instance.delivered(request, this.#takenAt);
    return { checkout, waitSeconds: request.durationSeconds };
  }

  failed(error: unknown): void {
    this.isServed = true;
    if (this.#request !== undefined) this.#instance.failed(this.#request, error);
  }
}

/** Replaces `reserve` and `end` of an instance, because nothing else shows that a caller waits and that the pool ends. */
export function followReserveAndEnd(sql: Sql, instance: Instance): void {
  if (typeof sql.reserve === 'function') {
    sql.reserve = replacementOf(sql.reserve, (original) => {
      return function reserve(this: unknown): unknown {
        const to = telemetry();
        const reservation = to && guarded('reserve', () => new Reservation(to, instance, reserve));
        if (reservation === undefined) return Reflect.apply(original, this, arguments);
        const outer = reserveCalls.enter(reservation);
        try {
          return Reflect.apply(original, this, arguments);
        } finally {
          reserveCalls.leave(outer);
          guarded('reserve', () => waits(reservation, instance));
        }
      };
    });
  }
  sql.end = replacementOf(sql.end, (original) => {
    return function end(this: unknown): unknown {
      const result = Reflect.apply(original, this, arguments);
      guarded('sql.end', () => instance.ended());
      return result;
    };
  });
}

function waits(reservation: Reservation, instance: Instance): void {
  if (reservation.isServed) return;
  reservation.by('queued');
  instance.reservations.push(reservation);
}
