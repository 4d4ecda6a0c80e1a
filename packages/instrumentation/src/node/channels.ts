import { channel } from 'node:diagnostics_channel';
import {
  CHANNELS,
  type ConnectionCloseMessage,
  type ConnectionReleaseMessage,
  type EventMessage,
  type OperationEndMessage,
  type OperationMessage,
} from '../channels';
import { now, seconds } from '../clock';
import { diagnosisMessage } from '../observers/diagnosis-attributes';
import { type ConnectOperation, type Operation, QueryOperation } from '../operation';
import type { Channels } from '../platform';
import { isSampled } from '../trace-identity';

const operationStart = channel(CHANNELS.operationStart);
const operationEnd = channel(CHANNELS.operationEnd);
const connectionRelease = channel(CHANNELS.connectionRelease);
const connectionClose = channel(CHANNELS.connectionClose);
const event = channel(CHANNELS.event);

/** Publishes to `node:diagnostics_channel`. A message is created only when its channel has subscribers. */
export const diagnosticsChannels: Channels = {
  hasSubscribers: () =>
    operationStart.hasSubscribers ||
    operationEnd.hasSubscribers ||
    connectionRelease.hasSubscribers ||
    connectionClose.hasSubscribers ||
    event.hasSubscribers,

  start(operation) {
    if (operationStart.hasSubscribers) operationStart.publish(startMessage(operation));
  },

  end(operation) {
    if (operationEnd.hasSubscribers) operationEnd.publish(endMessage(operation));
  },

  release(pool, useSeconds) {
    if (!connectionRelease.hasSubscribers) return;
    connectionRelease.publish({ poolName: pool.name, useSeconds } satisfies ConnectionReleaseMessage);
  },

  close(pool, reason) {
    if (!connectionClose.hasSubscribers) return;
    connectionClose.publish({ poolName: pool.name, reason } satisfies ConnectionCloseMessage);
  },

  receivesEvents: () => event.hasSubscribers,

  event(message) {
    if (event.hasSubscribers) event.publish(message satisfies EventMessage);
  },
};

function startMessage(operation: Operation): OperationMessage {
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

/** One object literal, because it is created for each query. */
function endMessage(operation: Operation): OperationEndMessage {
  const { target, spanContext } = operation;
  const query = operation instanceof QueryOperation ? operation : undefined;
  const diagnosis = operation.observation?.progress?.diagnosis;
  return {
    kind: operation.kind,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    poolName: operation.pool?.name,
    summary: query?.summary,
    durationSeconds: operation.durationSeconds,
    countedSeconds: operation.countedSeconds,
    endedAt: operation.endedAt ?? now(),
    errorType: operation.failure?.type,
    returnedRows: query?.returnedRows,
    poolWaitSeconds: query?.poolWaitSeconds,
    queueSeconds: query?.details?.queueSeconds,
    diagnosis: diagnosis && diagnosisMessage(diagnosis),
    phases: operation.kind === 'connect' ? phasesOf(operation) : undefined,
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    isSampled: isSampled(spanContext),
  };
}

const phasesOf = ({ steps }: ConnectOperation) =>
  steps.map(({ phase, startedAt, endedAt }) => ({ phase, seconds: seconds(endedAt - startedAt) }));
