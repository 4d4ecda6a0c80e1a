interface Resolved {
  readonly url: string;
}
interface Context {
  readonly parentURL?: string | undefined;
  readonly conditions?: readonly string[];
}
type Next = (specifier: string, context: Context) => Resolved | Promise<Resolved>;

/**
 * A resolve hook for `import`. The exports of Neon's ESM build cannot be replaced, so importers get a wrapper module
 * instead. The wrapper re-exports everything except `neon`, for which it asks this process for the instrumented function.
 *
 * Before Node 22.15 the source text of this function runs in the thread for module hooks. Therefore it references nothing
 * outside the function, not even constants. It contains no named functions, because bundlers that preserve names would
 * insert calls of a helper function.
 */
export function resolve(specifier: string, context: Context, next: Next): Resolved | Promise<Resolved> {
  const resolved = next(specifier, context);
  if ('then' in resolved) return resolved.then((one) => resolve(specifier, context, () => one));
  const wrapper = 'data:text/javascript,/*pg-otel*/';
  const neon = /\/@neondatabase\/serverless\/index\.mjs(\?.*)?$/;
  const { parentURL = '', conditions } = context;
  // The parent may also be import-in-the-middle's wrapper of the same file.
  const isOurs = parentURL.startsWith(wrapper) || neon.test(parentURL);
  if (!neon.test(resolved.url) || isOurs || conditions?.includes('require')) return resolved;
  const url = JSON.stringify(resolved.url);
  const source = `
    import * as driver from ${url};
    export * from ${url};
    const followed = globalThis[Symbol.for("pg-otel.neon")];
    export const neon = followed === undefined ? driver.neon : followed(driver, ${url});`;
  // encodeURIComponent keeps apostrophes, which some tools use as quotes around a URL.
  const encoded = encodeURIComponent(source).replaceAll("'", '%27');
  return Object.assign(resolved, { format: 'module', url: wrapper + encoded, shortCircuit: true });
}
