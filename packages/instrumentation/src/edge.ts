import { type Tracer, trace } from '@opentelemetry/api';
import { configure, type PostgresInstrumentationConfig } from './configuration';
import { patchTarget, TARGETS } from './drivers/patch-target';
import type { EventLogger } from './observers/events/event-log';
import { Histograms } from './observers/histograms/histograms';
import { Providers } from './observers/providers';
import { Reporter } from './observers/reporter';
import { setTelemetry, telemetry } from './telemetry';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version';

export type { PostgresInstrumentationConfig } from './configuration';

/** The options that there are without a module loader to hook into. */
export type EdgeConfig = Omit<PostgresInstrumentationConfig, 'enabled'>;

const SCOPE = { name: PACKAGE_NAME, version: PACKAGE_VERSION };

/** Until there is a provider of loggers. */
const NO_LOGGER: EventLogger = { emit() {}, enabled: () => false };

/**
 * `instrument` of `@pg-otel/instrumentation` for runtimes that have `fetch` and no Node built-ins (Cloudflare Workers,
 * Vercel Edge). Takes the same targets; reports to the global providers of `@opentelemetry/api`.
 *
 * Nothing runs between requests: what is slow is told when it ends, and a connection that is held too long when another
 * operation comes by. Log events need `@opentelemetry/api` 1.10 or newer, where the logs API is part of it. What else
 * is different from Node: docs/guides/lambda-and-edge.md.
 *
 * @param options taken from the first call in an isolate
 * @returns the target itself; of Neon's module a copy whose `neon` is followed, because that cannot be redefined
 * @throws TypeError for a target that is none, an option that does not exist or a value that is not accepted
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
