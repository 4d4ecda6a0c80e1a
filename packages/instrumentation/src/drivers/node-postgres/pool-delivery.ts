import { applyInContext } from '../../operation';
import { logInternalError } from '../../warnings';
import type { Callback } from '../callback';
import { settled } from '../settled';
import { clientState } from './client-state';
import type { PgClient } from './pg';
import { awaitedDeliveries } from './pool-query';
import type { PoolRequest } from './pool-request';

/** The result of `pool.connect` without a callback. */
export const promised = (request: PoolRequest, result: unknown): unknown =>
  settled(
    result,
    (client) => delivered(request, undefined, client as PgClient),
    (error) => delivered(request, error),
  );

/**
 * Wraps a callback, so that it runs in the context of its caller. pg-pool calls the callback of a queued request while
 * another caller releases a connection.
 */
export function calledBack(request: PoolRequest, original: Callback): Callback {
  // pg-pool passes a failure as one argument or as three.
  return function callback(this: unknown, error: unknown, client?: PgClient) {
    delivered(request, error, client);
    if (request.operation === undefined) return Reflect.apply(original, this, arguments);
    const outer = awaitedDeliveries.enter(request.isAwaited ? client : undefined);
    try {
      return applyInContext(request.deliveryContext, original, this, arguments);
    } finally {
      awaitedDeliveries.leave(outer);
    }
  };
}

/** A request has got its connection, or has failed. */
export function delivered(request: PoolRequest, error: unknown, client?: PgClient): void {
  const { operation } = request;
  if (operation === undefined) return;
  const { pool } = operation;
  try {
    if (error || client === undefined) {
      pool.failed(operation, error);
      return;
    }
    const checkout = pool.delivered(operation, request.takenAt);
    const state = clientState(client, pool);
    state.checkout = checkout;
    state.channels = undefined;
    state.poolWaitSeconds = operation.durationSeconds;
  } catch (failure) {
    logInternalError('the delivery of a connection', failure);
  }
}
