import { type Attributes, ROOT_CONTEXT } from '@opentelemetry/api';
import type { PoolHealthMessage, PoolResizeMessage } from '../../channels';
import {
  ERROR_TYPE,
  EVENT_HEALTH_CHANGED,
  EVENT_POOL_RESIZED,
  HEALTH_FAILURES,
  HEALTH_PREVIOUS,
  HEALTH_STATE,
  RESIZE_APPLIED,
  RESIZE_EXPLANATION,
  RESIZE_FIGURE,
  RESIZE_FROM,
  RESIZE_REASON,
  RESIZE_TO,
} from '../../semconv';
import { identityAttributes } from '../identity-attributes';
import type { EventRecord } from './event-log';

/** The event of a change of health; `undefined` for a pool that starts healthy or is no longer managed. */
export function healthEvent(message: PoolHealthMessage): EventRecord | undefined {
  const { state, previous, consecutiveFailures, errorType } = message;
  if (state === undefined || (state === 'up' && previous === undefined)) return undefined;
  return {
    eventName: EVENT_HEALTH_CHANGED,
    severity: state === 'up' ? 'INFO' : 'WARN',
    attributes: {
      ...identityAttributes(message),
      [HEALTH_STATE]: state,
      ...(previous !== undefined && { [HEALTH_PREVIOUS]: previous }),
      ...(errorType !== undefined && { [ERROR_TYPE]: errorType }),
    },
    details: {},
    state: { [HEALTH_FAILURES]: consecutiveFailures },
    context: ROOT_CONTEXT,
  };
}

/** The event of another limit of a pool, applied or advised. */
export function resizeEvent(message: PoolResizeMessage): EventRecord {
  const { from, to, reason, explanation, figures, isApplied } = message;
  return {
    eventName: EVENT_POOL_RESIZED,
    severity: 'INFO',
    attributes: {
      ...identityAttributes(message),
      [RESIZE_FROM]: from,
      [RESIZE_TO]: to,
      [RESIZE_REASON]: reason,
      [RESIZE_APPLIED]: isApplied,
    },
    details: { [RESIZE_EXPLANATION]: explanation, ...figureAttributes(figures) },
    context: ROOT_CONTEXT,
  };
}

/** `meanWaitSeconds` becomes `pg_otel.pool.resize.figure.mean_wait_seconds`: attribute names are in snake case. */
function figureAttributes(figures: PoolResizeMessage['figures']): Attributes {
  const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [`${RESIZE_FIGURE}.${snakeCase(name)}`, value]),
  );
}
