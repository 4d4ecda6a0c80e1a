import { channel } from 'node:diagnostics_channel';
import {
  CHANNELS,
  type ConnectionCloseMessage,
  type ConnectionReleaseMessage,
  type OperationEndMessage,
  type OperationMessage,
} from '../channels';
import type { Operation } from '../operation';
import type { CloseReason, PoolState } from '../pool-state';

const operationStart = channel(CHANNELS.operationStart);
const operationEnd = channel(CHANNELS.operationEnd);
const connectionRelease = channel(CHANNELS.connectionRelease);
const connectionClose = channel(CHANNELS.connectionClose);

/** Whether somebody listens to operations. */
export const channelsAreHeard = (): boolean => operationStart.hasSubscribers || operationEnd.hasSubscribers;

/** Messages for other packages; nothing is made while nobody listens. */
export function publishStart(operation: Operation): void {
  if (operationStart.hasSubscribers) operationStart.publish(messageOf(operation));
}

export function publishEnd(operation: Operation): void {
  if (!operationEnd.hasSubscribers) return;
  operationEnd.publish({
    ...messageOf(operation),
    durationSeconds: operation.durationSeconds,
    errorType: operation.failure?.type,
    returnedRows: operation.kind === 'query' ? operation.returnedRows : undefined,
  } satisfies OperationEndMessage);
}

export function publishRelease(pool: PoolState, useSeconds: number): void {
  if (!connectionRelease.hasSubscribers) return;
  connectionRelease.publish({ poolName: pool.name, useSeconds } satisfies ConnectionReleaseMessage);
}

export function publishClose(pool: PoolState, reason: CloseReason): void {
  if (!connectionClose.hasSubscribers) return;
  connectionClose.publish({ poolName: pool.name, reason } satisfies ConnectionCloseMessage);
}

function messageOf(operation: Operation): OperationMessage {
  const { target } = operation;
  return {
    kind: operation.kind,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    poolName: operation.pool?.name,
    summary: operation.kind === 'query' ? operation.summary : undefined,
  };
}
