import type { Attributes } from '@opentelemetry/api';
import { classNameOf, type ErrorClass } from '../../error-class';
import { messageWithoutSecrets } from '../../message';
import type { Operation } from '../../operation';
import {
  DB_RESPONSE_STATUS_CODE,
  ERROR_TYPE,
  EVENT_OPERATION_EXCEPTION,
  EXCEPTION_MESSAGE,
  EXCEPTION_TYPE,
} from '../../semconv';
import { Target } from '../../target';
import { type EventRecord, operationAttributes } from './event-log';

/** The `db.client.operation.exception` event (semconv, database exceptions) of an operation that has failed. */
export function exceptionEvent(
  operation: Operation,
  { type, sqlState }: ErrorClass,
  includesMessages: boolean,
): EventRecord {
  const { error, ownContext: context, target } = operation;
  return {
    eventName: EVENT_OPERATION_EXCEPTION,
    severity: 'WARN',
    attributes: {
      ...operationAttributes(operation, operation.summary),
      [EXCEPTION_TYPE]: classNameOf(error),
      [ERROR_TYPE]: type,
      ...(sqlState !== undefined && { [DB_RESPONSE_STATUS_CODE]: sqlState }),
    },
    // Messages repeat the name of a missing database or host, which may contain credentials for this target.
    details: includesMessages && target !== Target.unparsable ? messageOf(error) : {},
    context,
  };
}

function messageOf(error: unknown): Attributes {
  try {
    const message = (error as { message?: unknown } | null)?.message;
    return {
      [EXCEPTION_MESSAGE]: messageWithoutSecrets(typeof message === 'string' ? message : String(error)),
    };
  } catch {
    // The properties of an error may be getters that throw.
    return {};
  }
}
