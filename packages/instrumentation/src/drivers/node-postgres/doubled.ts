import { warn } from '../../warnings';
import type { Callback } from '../callback';
import { isWrappedByAnother, originalOf } from '../method';
import type { ClientClass, PgClient } from './pg';

/**
 * Whether another OpenTelemetry instrumentation has wrapped `query` as well, below or above our method: then there
 * would be two spans for each query, and ours stand down. Looked at again whenever the method on the prototype
 * has changed, because the other one may come or go at any time.
 */
export function doubledCheck(Client: ClientClass): () => boolean {
  let seen: Callback | undefined;
  let isDoubled = false;
  return () => {
    const method = Client.prototype.query;
    if (method !== seen) {
      seen = method;
      isDoubled = isWrapped(method);
      if (isDoubled) {
        warn(
          'PG_OTEL_DOUBLED',
          'pg is instrumented twice: by pg-otel and by another OpenTelemetry instrumentation (such as ' +
            '@opentelemetry/instrumentation-pg). The spans and query durations of pg-otel stand down, its pool and ' +
            'setup metrics stay. Remove the other one, or disable it.',
        );
      }
    }
    return isDoubled;
  };
}

/** As {@link doubledCheck}, for a client at hand: asked when a pool opens or hands out connections. */
export const isDoubled = (client: PgClient): boolean => isWrapped(client.query);

function isWrapped(method: Callback): boolean {
  for (let at: Callback | undefined = method; typeof at === 'function'; at = originalOf(at)) {
    if (isWrappedByAnother(at)) return true;
  }
  return false;
}
