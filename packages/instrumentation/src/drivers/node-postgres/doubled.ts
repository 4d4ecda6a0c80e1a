import { attachment } from '../../attachment';
import { logInternalError, warn } from '../../warnings';
import type { Callback } from '../callback';
import { isWrappedByAnother, originalOf } from '../method';
import type { ClientClass, PgClient } from './pg';

const checks = attachment<object, () => boolean>();

/**
 * Whether another instrumentation makes a span for each query of these clients: then there would be two, and the
 * spans and query durations of pg-otel stand down. Checked again whenever the method on the prototype has changed,
 * because the other instrumentation may be enabled or disabled at any time.
 */
export function doubledCheck(Client: ClientClass): () => boolean {
  const { prototype } = Client;
  let seen: Callback | undefined;
  let isDoubled = false;
  const check = (): boolean => {
    const method = prototype.query;
    if (method !== seen) {
      seen = method;
      try {
        isDoubled = makesSpans(method);
      } catch (error) {
        // Marks may be getters.
        logInternalError('the look for a second instrumentation', error);
      }
      if (isDoubled) warnOfDoubling();
    }
    return isDoubled;
  };
  checks.set(prototype, check);
  return check;
}

/** The same as {@link doubledCheck}, for one client: used when a pool opens or hands out connections. */
export function isDoubled(client: PgClient): boolean {
  for (let at: object | null = client; at !== null; at = Object.getPrototypeOf(at)) {
    const check = checks.get(at);
    if (check !== undefined) return check();
  }
  return false;
}

/**
 * Whether a method, or one of the methods that it wraps, is that of an instrumentation that makes query spans. A
 * wrapper without marks hides what it wraps.
 */
function makesSpans(method: Callback): boolean {
  const visited = new Set<Callback>();
  for (
    let at: Callback | undefined = method;
    typeof at === 'function' && !visited.has(at);
    at = wrappedBy(at)
  ) {
    visited.add(at);
    if (isWrappedByAnother(at) && isStandardQuery(at)) return true;
  }
  return false;
}

const wrappedBy = (method: Callback): Callback | undefined =>
  originalOf(method) ?? (isWrappedByAnother(method) ? method.__original : undefined);

/**
 * What the `query` of `@opentelemetry/instrumentation-pg` (0.31 to 0.77), and of the copy of it in `@sentry/node` 10,
 * calls or reads, and nobody else does. The marks of `shimmer` do not tell them apart: any wrapper may have those.
 * Names of members survive minification (instrumentation-pg src/instrumentation.ts, `_getClientQueryPatch`).
 */
const STANDARD_NAMES = ['addSqlCommenterCommentToQueries', 'handleConfigQuery'] as const;

function isStandardQuery(method: Callback): boolean {
  const source = Function.prototype.toString.call(method);
  return STANDARD_NAMES.some((name) => source.includes(name));
}

function warnOfDoubling(): void {
  warn(
    'PG_OTEL_DOUBLED',
    'pg is instrumented twice: by pg-otel and by @opentelemetry/instrumentation-pg (or a copy of it, such as that of ' +
      'Sentry). The other one makes the spans and query durations; pg-otel keeps its events, pool and setup metrics. ' +
      'To have the spans of pg-otel, set OTEL_NODE_DISABLED_INSTRUMENTATIONS=pg, or remove the other instrumentation ' +
      'from your code.',
  );
}
