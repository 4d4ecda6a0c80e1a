import type { Attributes } from '@opentelemetry/api';
import { WAIT_EVENT, WAIT_EVENT_TYPE } from '../../semconv';

/** @param event type and name, `Lock/tuple` */
export function waitEventAttributes(event: string): Attributes {
  const [type = '', name = ''] = event.split('/');
  return { [WAIT_EVENT_TYPE]: type, [WAIT_EVENT]: name };
}
