import type { Instrumentation } from '@opentelemetry/instrumentation';

/** The part of OpenTelemetry's `InstrumentationBase` that is read here; the same in 2.x and 3.x. */
interface InstrumentationInsides {
  readonly _modules?: readonly { readonly name: string; readonly moduleExports?: unknown }[];
}

const modulesOf = (instrumentation: Instrumentation) =>
  (instrumentation as unknown as InstrumentationInsides)._modules ?? [];

/** The modules that an instrumentation patches when they are loaded. */
export const moduleNames = (instrumentation: Instrumentation): string[] =>
  modulesOf(instrumentation).map(({ name }) => name);

/** Whether one of them was loaded and patched already. */
export const hasPatched = (instrumentation: Instrumentation): boolean =>
  modulesOf(instrumentation).some(({ moduleExports }) => moduleExports !== undefined);
