import type { Attributes } from '@opentelemetry/api';
import type { Operation } from '../../operation';
import { DB_QUERY_SUMMARY, OPERATION_KIND } from '../../semconv';
import { connectionAttributes } from '../connection-attributes';

/** What an event about an operation says of it. */
export function subject(
  { kind, target, pool }: Pick<Operation, 'kind' | 'target' | 'pool'>,
  summary: string,
): Attributes {
  return {
    ...connectionAttributes(target, pool),
    [OPERATION_KIND]: kind,
    ...(summary !== '' && { [DB_QUERY_SUMMARY]: summary }),
  };
}
