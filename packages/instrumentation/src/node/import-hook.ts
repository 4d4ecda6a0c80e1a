interface Resolved {
  readonly url: string;
}
interface Context {
  readonly parentURL?: string | undefined;
  readonly conditions?: readonly string[];
}
type Next = (specifier: string, context: Context) => Resolved | Promise<Resolved>;

/**
 * A resolve hook for `import`. The exports of a driver's ESM build cannot be replaced, so importers get a wrapper module
 * instead. The wrapper re-exports everything except one function, for which it asks this process for the instrumented
 * one: `neon` of Neon, and the default exports of two files of Postgres.js. Of PGlite and
 * its worker everything is re-exported: the class is patched when the wrapper module is evaluated.
 *
 * Before Node 22.15 the source text of this function runs in the thread for module hooks. Therefore it references nothing
 * outside the function, not even constants. It contains no named functions, because bundlers that preserve names would
 * insert calls of a helper function.
 */
export function resolve(specifier: string, context: Context, next: Next): Resolved | Promise<Resolved> {
  const resolved = next(specifier, context);
  if ('then' in resolved) return resolved.then((one) => resolve(specifier, context, () => one));
  const wrapper = 'data:text/javascript,/*pg-otel*/';
  // Nitro puts versions into the names of folders (traced-copies.ts): node_modules/.nf3/postgres@3.4.9.
  const neon = /\/@neondatabase\/serverless(@[^/]+)?\/index\.mjs$/;
  const postgres = /\/node_modules\/(\.[^/]+\/)?postgres(@[^/]+)?\/src\/(index|connection)\.js$/;
  const pglite = /\/@electric-sql\/pglite(@[^/]+)?\/dist\/(worker\/)?index\.js$/;
  const { parentURL = '', conditions } = context;
  const [file = ''] = resolved.url.split('?');
  const isDriver = neon.test(file) || postgres.test(file) || pglite.test(file);
  // The parent may also be import-in-the-middle's wrapper of the same file.
  const isOurs = parentURL.startsWith(wrapper) || parentURL.split('?')[0] === file;
  if (!isDriver || isOurs || conditions?.includes('require')) return resolved;
  const url = JSON.stringify(resolved.url);
  const source = neon.test(file)
    ? `
    import * as driver from ${url};
    export * from ${url};
    const followed = globalThis[Symbol.for("pg-otel.imports")];
    export const neon = followed === undefined ? driver.neon : followed.neon(driver, ${url});`
    : pglite.test(file)
      ? `
    import * as driver from ${url};
    export * from ${url};
    globalThis[Symbol.for("pg-otel.imports")]?.pglite?.(driver, ${url});`
      : `
    import driver from ${url};
    const followed = globalThis[Symbol.for("pg-otel.imports")];
    export default followed === undefined ? driver : followed.postgres(driver, ${url});`;
  // encodeURIComponent keeps apostrophes, which some tools use as quotes around a URL.
  const encoded = encodeURIComponent(source).replaceAll("'", '%27');
  return Object.assign(resolved, { format: 'module', url: wrapper + encoded, shortCircuit: true });
}
