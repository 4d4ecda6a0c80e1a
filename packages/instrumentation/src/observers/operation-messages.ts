import type { DiagnosisMessage, OperationEndMessage, OperationMessage } from '../channels';
import { now, seconds } from '../clock';
import { type AcquireOperation, type ConnectOperation, type Operation, QueryOperation } from '../operation';
import { isSampled } from '../trace-identity';
import { diagnosisMessage } from './diagnosis-attributes';

export function startMessage(operation: Operation): OperationMessage {
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

export const endMessage = (operation: Operation): OperationEndMessage =>
  operation instanceof QueryOperation ? queryEndMessage(operation) : connectionEndMessage(operation);

/** One object literal, from fields: there is one for each query, and V8 does not inline many getters. */
function queryEndMessage(operation: QueryOperation): OperationEndMessage {
  const { prepared, client, details, failure, spanContext, endedAt = now() } = operation;
  const { target } = prepared;
  const durationSeconds = seconds(endedAt - operation.startedAt);
  return {
    kind: details?.batchSize === undefined ? 'query' : 'batch',
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    poolName: client.pool?.name,
    summary: operation.summary,
    durationSeconds,
    countedSeconds: details?.serverTime?.seconds ?? durationSeconds,
    endedAt,
    errorType: failure?.type,
    returnedRows: operation.returnedRows,
    poolWaitSeconds: operation.poolWaitSeconds,
    queueSeconds: details?.queueSeconds,
    diagnosis: diagnosisOf(operation),
    phases: undefined,
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    isSampled: isSampled(spanContext),
  };
}

function connectionEndMessage(operation: ConnectOperation | AcquireOperation): OperationEndMessage {
  const { kind, target, pool, failure, spanContext, durationSeconds, endedAt = now() } = operation;
  return {
    kind,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    poolName: pool?.name,
    summary: undefined,
    durationSeconds,
    countedSeconds: durationSeconds,
    endedAt,
    errorType: failure?.type,
    returnedRows: undefined,
    poolWaitSeconds: undefined,
    queueSeconds: undefined,
    diagnosis: diagnosisOf(operation),
    phases: operation.kind === 'connect' ? phasesOf(operation) : undefined,
    traceId: spanContext?.traceId,
    spanId: spanContext?.spanId,
    isSampled: isSampled(spanContext),
  };
}

function diagnosisOf({ observation }: Operation): DiagnosisMessage | undefined {
  const diagnosis = observation?.progress?.diagnosis;
  return diagnosis && diagnosisMessage(diagnosis);
}

const phasesOf = ({ steps }: ConnectOperation) =>
  steps.map(({ phase, startedAt, endedAt }) => ({ phase, seconds: seconds(endedAt - startedAt) }));
