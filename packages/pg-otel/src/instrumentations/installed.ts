import { diag } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { packageVersion } from '../package-version';
import { warn } from '../warnings';
import { applicationPlaces, Place } from './application';
import { catalogue, type KnownInstrumentation } from './catalogue';
import { chosenInstrumentations } from './chosen';
import { followPatches } from './patches';

/** An instrumentation that was loaded from the application's packages. */
export interface InstalledInstrumentation {
  /** Its name in `PG_OTEL_INSTRUMENTATIONS`. */
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** The file it was loaded from. */
  readonly file: string;
  readonly instance: Instrumentation;
}

const AUTO = '@opentelemetry/auto-instrumentations-node';

/**
 * Loads and constructs the instrumentations that the application has installed, directly or as dependencies of
 * `@opentelemetry/auto-instrumentations-node`, if the instrumented library is installed too. Call it before these
 * libraries are loaded. It never throws: there is a warning for each instrumentation that cannot be loaded.
 *
 * @param given instrumentations that exist already and are not constructed again
 */
export function installedInstrumentations(given: readonly Instrumentation[]): InstalledInstrumentation[] {
  const present = new Set(given.map(({ instrumentationName }) => instrumentationName));
  const { names, areNamed } = chosenInstrumentations();
  if (names.length === 0) return [];
  const application = applicationPlaces();
  const auto = application.map((place) => place.find(AUTO)).find((file) => file !== undefined);
  const providers = auto === undefined ? application : [...application, new Place(auto)];

  return names.flatMap((name) => {
    const known = catalogue.get(name);
    const found = known && find(known, providers);
    if (known === undefined || found === undefined) {
      if (areNamed) warnOf(name, `is not installed (npm install ${known?.packages[0]})`);
      return [];
    }
    if (present.has(found.package)) return [];
    const { libraries } = known;
    const isOfUse = libraries === undefined || libraries.some((library) => has(application, library));
    if (!isOfUse && !areNamed) return [];
    try {
      return [{ name, ...found, ...load(known, found) }];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Package managers also expose the dependencies of other packages, such as a vendor's SDK.
      const isOfApplication = [found.package, AUTO].some((owner) =>
        application.some((place) => place.dependsOn(owner)),
      );
      if (areNamed || isOfApplication) warnOf(name, reason);
      else diag.debug(`pg-otel: instrumentation "${name}" ${reason}`);
      return [];
    }
  });
}

interface Found {
  readonly package: string;
  readonly file: string;
}

function find({ packages }: KnownInstrumentation, places: readonly Place[]): Found | undefined {
  for (const name of packages) {
    for (const place of places) {
      const file = place.find(name);
      if (file !== undefined) return { package: name, file };
    }
  }
  return undefined;
}

const has = (places: readonly Place[], library: string): boolean =>
  places.some((place) => place.has(library));

/** @throws Error whose message continues a sentence that starts with the name of the instrumentation */
function load(
  { options }: KnownInstrumentation,
  found: Found,
): Pick<InstalledInstrumentation, 'version' | 'instance'> {
  const version = packageVersion(found.file);
  const obstacle = incompatibility(new Place(found.file));
  if (obstacle !== undefined) throw new Error(`(${found.package} ${version}) ${obstacle}`);
  try {
    const Class = instrumentationClass(new Place(found.file).load());
    if (Class === undefined) throw new Error(`${found.package} ${version} exports no instrumentation`);
    const instance = new Class(options);
    followPatches(instance);
    return { version, instance };
  } catch (error) {
    throw new Error(`could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Why an instrumentation does not work with the SDK and the API in use, or undefined when it does. */
function incompatibility(place: Place): string | undefined {
  const pgOtel = new Place(__filename);
  const base = versionFrom(place, '@opentelemetry/instrumentation');
  const sdk = versionFrom(pgOtel, '@opentelemetry/sdk-node');
  // 0.2xx belongs to OpenTelemetry JS 2.x, 0.3xx to 3.x. Those of 2.x work with the SDK of 3.x, but not vice versa.
  if (
    base !== undefined &&
    sdk !== undefined &&
    (base.minor < 200 || (base.minor >= 300 && sdk.minor < 300))
  ) {
    return `is for another major version of OpenTelemetry than @opentelemetry/sdk-node ${sdk.text}`;
  }
  const its = versionFrom(place, '@opentelemetry/api');
  const ours = versionFrom(pgOtel, '@opentelemetry/api');
  // Registrations with a copy of the API are visible to copies of the same or an older minor version (api src/internal/semver.ts).
  const isVisible =
    its === undefined || ours === undefined || (its.major === ours.major && its.minor <= ours.minor);
  return isVisible
    ? undefined
    : `uses @opentelemetry/api ${its.text}, pg-otel ${ours.text}: install one version`;
}

interface Version {
  readonly text: string;
  readonly major: number;
  readonly minor: number;
}

function versionFrom(place: Place, name: string): Version | undefined {
  const file = place.find(name);
  if (file === undefined) return undefined;
  const text = packageVersion(file);
  const [major = 0, minor = 0] = text.split('.').map(Number);
  return { text, major, minor };
}

type InstrumentationClass = new (options?: object) => Instrumentation;

function instrumentationClass(exported: object): InstrumentationClass | undefined {
  return Object.entries(exported)
    .filter(([name]) => name.endsWith('Instrumentation'))
    .map(([, value]) => value as unknown)
    .find(isInstrumentationClass);
}

function isInstrumentationClass(value: unknown): value is InstrumentationClass {
  return typeof value === 'function' && typeof value.prototype?.enable === 'function';
}

function warnOf(name: string, obstacle: string): void {
  warn(
    'PG_OTEL_INSTRUMENTATION',
    `The instrumentation "${name}" ${obstacle}. The application runs without it; PG_OTEL_INSTRUMENTATIONS=none or a list ` +
      'without it turns this warning off.',
  );
}
