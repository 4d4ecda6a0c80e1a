import type { Instrumentation } from '@opentelemetry/instrumentation';
import { warn } from '../warnings';
import { followImports } from './import-hook';
import { type InstalledInstrumentation, installedInstrumentations } from './installed';

let registered: readonly InstalledInstrumentation[] = [];

/** The instrumentations that were registered from the application's packages, for `pg-otel doctor`. */
export const registeredInstrumentations = (): readonly InstalledInstrumentation[] => registered;

/** Constructs the instrumentations that the application has installed. It never throws. */
export function registerInstalled(given: readonly Instrumentation[]): Instrumentation[] {
  try {
    registered = installedInstrumentations(given);
    followImports(registered);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(
      'PG_OTEL_INSTRUMENTATION',
      `Installed instrumentations could not be registered (${reason}), and the application runs without them. ` +
        'PG_OTEL_INSTRUMENTATIONS=none turns this warning off.',
    );
  }
  return registered.map(({ instance }) => instance);
}
