import type { Instrumentation } from '@opentelemetry/instrumentation';
import { warn } from '../warnings';
import { followImports } from './import-hook';
import { type InstalledInstrumentation, installedInstrumentations } from './installed';

let registered: readonly InstalledInstrumentation[] = [];

/** What was registered of the application's packages, for `pg-otel doctor`. */
export const registeredInstrumentations = (): readonly InstalledInstrumentation[] => registered;

/** Constructs the instrumentations that the application has installed. Never throws. */
export function registerInstalled(given: readonly Instrumentation[]): Instrumentation[] {
  try {
    registered = installedInstrumentations(given);
    followImports(registered);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    warn(
      'PG_OTEL_INSTRUMENTATION',
      `Installed instrumentations could not be registered (${reason}); the application runs without them. ` +
        'PG_OTEL_INSTRUMENTATIONS=none turns this off.',
    );
  }
  return registered.map(({ instance }) => instance);
}
