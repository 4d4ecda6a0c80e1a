interface Resolved {
  readonly url: string;
}
interface Context {
  readonly parentURL?: string | undefined;
}
type Next = (specifier: string, context: Context) => Resolved | Promise<Resolved>;

/**
 * A resolve hook for `import`. The ESM build of Neon holds no CommonJS and binds `neon` for good, so importers get a
 * module in front of it. That passes everything on, and asks the process for the `neon` that is to be used.
 *
 * It stands alone, down to its constants: before Node 22.15 its text is run in the thread for hooks.
 */
export function resolve(specifier: string, context: Context, next: Next): Resolved | Promise<Resolved> {
  const inFrontOf = (resolved: Resolved): Resolved => {
    const mark = 'data:text/javascript,/*pg-otel*/';
    const isNeon = /\/@neondatabase\/serverless\/index\.mjs(\?.*)?$/.test(resolved.url);
    if (!isNeon || context.parentURL?.startsWith(mark)) return resolved;
    const url = JSON.stringify(resolved.url);
    const source = `
      import * as driver from ${url};
      export * from ${url};
      const followed = globalThis[Symbol.for('pg-otel.neon')];
      export const neon = followed === undefined ? driver.neon : followed(driver, ${url});`;
    return Object.assign(resolved, {
      format: 'module',
      url: mark + encodeURIComponent(source),
      shortCircuit: true,
    });
  };
  const resolved = next(specifier, context);
  return 'then' in resolved ? resolved.then(inFrontOf) : inFrontOf(resolved);
}
