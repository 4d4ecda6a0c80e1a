import { type Tracer, trace } from '@opentelemetry/api';
import { configure, type PostgresInstrumentationConfig } from './configuration';
import { patchTarget, TARGETS } from './drivers/patch-target';
import type { EventLogger } from './observers/events/event-log';
import { Histograms } from './observers/histograms/histograms';
import { Providers } from './observers/providers';
import { Reporter } from './observers/reporter';
import { SCOPE } from './scope';
import { setTelemetry, telemetry } from './telemetry';

export type { PostgresInstrumentationConfig } from './configuration';

/** The options of `instrument` in fetch-only runtimes: those of the instrumentation without `enabled`. */
export type EdgeConfig = Omit<PostgresInstrumentationConfig, 'enabled'>;

/** Used until the application registers a logger provider. */
const NO_LOGGER: EventLogger = { emit() {}, enabled: () => false };

/**
 * Instruments a driver in runtimes that have `fetch` and no Node built-ins, such as Cloudflare Workers and Vercel Edge.
 * It takes the same targets as `instrument` of `@pg-otel/instrumentation`, and sends telemetry to the global providers
 * of `@opentelemetry/api`.
 *
 * Nothing runs between requests. Therefore a slow operation is reported only when it ends, and a connection that is held
 * too long only when another operation starts or ends. Log events need `@opentelemetry/api` 1.10 or newer, which includes
 * the logs API. Other differences from Node: docs/guides/lambda-and-edge.md.
 *
 * @param target the module of `pg`, `@neondatabase/serverless`, `postgres` or PGlite, a Pool, Client or PGlite class or an
 *   instance of one, or the function that `neon()` or `postgres()` returns
 * @param options the options of the instrumentation; only those of the first call in an isolate apply. Default: `{}`
 * @returns the target itself; for the module of `@neondatabase/serverless` a copy with an instrumented `neon`, because
 *   its exports cannot be redefined; for the module of `postgres` a function that instruments each instance
 * @throws TypeError when the target is none of these, for an option that does not exist or a value that is not accepted
 * @example
 * import * as serverless from '@neondatabase/serverless';
 * import { instrument } from '@pg-otel/instrumentation/edge';
 * const { neon } = instrument(serverless);
 */
export function instrument<Target extends object>(target: Target, options: EdgeConfig = {}): Target {
  const configuration = configure(options);
  const patched = patchTarget(target);
  if (patched === undefined) throw new TypeError(`instrument(target) takes ${TARGETS}, got something else`);
  if (telemetry() === undefined) {
    const tracer: Tracer = trace.getTracer(SCOPE.name, SCOPE.version);
    const providers = new Providers(SCOPE, { tracer, logger: NO_LOGGER });
    setTelemetry(new Reporter(configuration, providers, new Histograms(SCOPE), {}));
  }
  return patched;
}
