import { Stamped } from '../../attachment';
import { logInternalError, warn } from '../../warnings';
import type { Callback } from '../callback';
import { isWrappedByAnother, originalOf } from '../method';
import type { ClientClass, PgClient } from './pg';

/** The check of each patched prototype, which is looked up for each request of a pool: see `ClientStamp`. */
class CheckStamp extends Stamped {
  #check: () => boolean;
  constructor(prototype: object, check: () => boolean) {
    super(prototype);
    this.#check = check;
  }
  static get(prototype: object): (() => boolean) | undefined {
    return #check in prototype ? prototype.#check : undefined;
  }
  static set(prototype: object, check: () => boolean): void {
    if (#check in prototype) prototype.#check = check;
    else new CheckStamp(prototype, check);
  }
}

/**
 * Returns a function that checks whether another instrumentation creates a span for each query of these clients. If it
 * does, pg-otel creates no spans and records no query durations, so that nothing is counted twice. The check is
 * repeated when the method on the prototype has changed, because the other instrumentation may be enabled or disabled
 * at any time.
 */
export function tracedElsewhereCheck(Client: ClientClass): () => boolean {
  const { prototype } = Client;
  let checked: Callback | undefined;
  let isTraced = false;
  const check = (): boolean => {
    const method = prototype.query;
    if (method !== checked) {
      checked = method;
      try {
        isTraced = createsSpans(method);
      } catch (error) {
        // Properties of the method may be getters.
        logInternalError('the search for a second instrumentation', error);
      }
      if (isTraced) warnOfSecondInstrumentation();
    }
    return isTraced;
  };
  CheckStamp.set(prototype, check);
  return check;
}

/** The same check for one client, when a pool opens or hands out a connection. */
export function isTracedElsewhere(client: PgClient): boolean {
  for (let at: object | null = client; at !== null; at = Object.getPrototypeOf(at)) {
    const check = CheckStamp.get(at);
    if (check !== undefined) return check();
  }
  return false;
}

/**
 * Whether a method, or one of the methods that it wraps, belongs to an instrumentation that creates query spans. A
 * wrapper without shimmer's properties hides the method that it wraps.
 */
function createsSpans(method: Callback): boolean {
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
 * Names that occur only in the source of the `query` wrapper of `@opentelemetry/instrumentation-pg` (0.31 to 0.77) and
 * of its copy in `@sentry/node` 10. The properties of `shimmer` are not sufficient, because any wrapper may have them.
 * Minification keeps the names of members (instrumentation-pg src/instrumentation.ts, `_getClientQueryPatch`).
 */
const STANDARD_NAMES = ['addSqlCommenterCommentToQueries', 'handleConfigQuery'] as const;

function isStandardQuery(method: Callback): boolean {
  const source = Function.prototype.toString.call(method);
  return STANDARD_NAMES.some((name) => source.includes(name));
}

function warnOfSecondInstrumentation(): void {
  warn(
    'PG_OTEL_DOUBLED',
    'pg is instrumented twice: by pg-otel and by @opentelemetry/instrumentation-pg (or a copy of it, such as that of ' +
      'Sentry). The other instrumentation creates the spans and query durations; pg-otel keeps its events, pool and ' +
      'setup metrics. To get the spans of pg-otel, set OTEL_NODE_DISABLED_INSTRUMENTATIONS=pg, or remove the other ' +
      'instrumentation from your code.',
  );
}
