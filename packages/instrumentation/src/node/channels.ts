import { channel } from 'node:diagnostics_channel';
import {
  CHANNELS,
  type ConnectionCloseMessage,
  type ConnectionReleaseMessage,
  type OperationEndMessage,
  type OperationMessage,
} from '../channels';
import { type Operation, QueryOperation } from '../operation';
import type { Channels } from '../platform';

const operationStart = channel(CHANNELS.operationStart);
const operationEnd = channel(CHANNELS.operationEnd);
const connectionRelease = channel(CHANNELS.connectionRelease);
const connectionClose = channel(CHANNELS.connectionClose);

/** Publishes to `node:diagnostics_channel`. A message is created only when its channel has subscribers. */
export const diagnosticsChannels: Channels = {
  hasSubscribers: () =>
    operationStart.hasSubscribers ||
    operationEnd.hasSubscribers ||
    connectionRelease.hasSubscribers ||
    connectionClose.hasSubscribers,

  start(operation) {
    if (operationStart.hasSubscribers) operationStart.publish(messageOf(operation));
  },

  end(operation) {
    if (!operationEnd.hasSubscribers) return;
    operationEnd.publish({
      ...messageOf(operation),
      durationSeconds: operation.durationSeconds,
      errorType: operation.failure?.type,
      returnedRows: operation instanceof QueryOperation ? operation.returnedRows : undefined,
    } satisfies OperationEndMessage);
  },

  release(pool, useSeconds) {
    if (!connectionRelease.hasSubscribers) return;
    connectionRelease.publish({ poolName: pool.name, useSeconds } satisfies ConnectionReleaseMessage);
  },

  close(pool, reason) {
    if (!connectionClose.hasSubscribers) return;
    connectionClose.publish({ poolName: pool.name, reason } satisfies ConnectionCloseMessage);
  },
};

function messageOf(operation: Operation): OperationMessage {
  const { target } = operation;
  return {
    kind: operation.kind,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    poolName: operation.pool?.name,
    summary: operation instanceof QueryOperation ? operation.summary : undefined,
  };
}
