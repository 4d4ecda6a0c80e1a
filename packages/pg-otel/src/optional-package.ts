import { applicationPlaces, Place } from './instrumentations/application';

/**
 * Loads an optional package of pg-otel, from where pg-otel is or from where the application is: some bundlers, such as
 * Turbopack, give bundled files names that do not exist. It is not required by a literal name, because bundlers would
 * warn when it is not installed.
 *
 * @throws {Error} with the reason in its message
 */
export function optionalPackage<Package>(name: string): Package {
  try {
    const own = new Place(__filename);
    const place = [own, ...applicationPlaces()].find((one) => one.find(name) !== undefined) ?? own;
    return place.load(name) as Package;
  } catch (error) {
    // The first line of the message names the module that is missing, which may be one that the package needs.
    const { code, message = '' } = error as { code?: string; message?: string };
    const isMissing = code === 'MODULE_NOT_FOUND' && message.split('\n', 1)[0]?.includes(name) === true;
    throw new Error(
      isMissing
        ? `${name} is not installed. Install it in the application (npm install ${name}), and keep it out of a bundle`
        : `${name} cannot be loaded: ${code ?? reasonOf(error)}`,
    );
  }
}

/** The message of our packages for a setting that is not accepted; of other errors the class, as they may contain data. */
export function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return error.message;
  return error instanceof Error ? error.constructor.name : typeof error;
}
