interface Resolved {
  readonly url: string;
}
interface Context {
  readonly parentURL?: string | undefined;
  readonly conditions?: readonly string[];
}
type Next = (specifier: string, context: Context) => Resolved | Promise<Resolved>;

/**
 * A resolve hook for `import`. The ESM build of Neon holds no CommonJS and binds `neon` for good, so importers get a
 * module in front of it. That passes everything on, and asks the process for the `neon` that is to be used.
 *
 * Before Node 22.15 its text is run in the thread for hooks. So it stands alone, down to its constants, and gives no
 * function a name: bundlers that keep names would put a call of theirs there.
 */
export function resolve(specifier: string, context: Context, next: Next): Resolved | Promise<Resolved> {
  const resolved = next(specifier, context);
  if ('then' in resolved) return resolved.then((one) => resolve(specifier, context, () => one));
  const inFront = 'data:text/javascript,/*pg-otel*/';
  const neon = /\/@neondatabase\/serverless\/index\.mjs(\?.*)?$/;
  const { parentURL = '', conditions } = context;
  // Also of import-in-the-middle's module in front of the same file.
  const isOurs = parentURL.startsWith(inFront) || neon.test(parentURL);
  if (!neon.test(resolved.url) || isOurs || conditions?.includes('require')) return resolved;
  const url = JSON.stringify(resolved.url);
  const source = `
    import * as driver from ${url};
    export * from ${url};
    const followed = globalThis[Symbol.for("pg-otel.neon")];
    export const neon = followed === undefined ? driver.neon : followed(driver, ${url});`;
  // An apostrophe is left alone by encodeURIComponent, and not by all who put a URL between two.
  const encoded = encodeURIComponent(source).replaceAll("'", '%27');
  return Object.assign(resolved, { format: 'module', url: inFront + encoded, shortCircuit: true });
}
