/**
 * A resolve hook for `import`, run in Node's thread or, before Node 22.15, in the one for hooks: it imports nothing.
 *
 * The ESM build of Neon holds no CommonJS and binds `neon` for good, so importers get a module in front of it. That
 * passes everything on, and asks the process for the `neon` that is to be used.
 */
interface Resolved {
  readonly url: string;
}
interface Context {
  readonly parentURL?: string | undefined;
}
type Next = (specifier: string, context: Context) => Resolved | Promise<Resolved>;

const NEON = /\/@neondatabase\/serverless\/index\.mjs(\?.*)?$/;
/** Of import-in-the-middle, where an application has that: it puts a module in front itself, and hands it to the hooks. */
const ANOTHERS = /[?&]iitm=/;
const MODULE_IN_FRONT = 'data:text/javascript,/*pg-otel*/';

export function resolve(specifier: string, context: Context, next: Next): Resolved | Promise<Resolved> {
  const resolved = next(specifier, context);
  return 'then' in resolved ? resolved.then((one) => inFront(one, context)) : inFront(resolved, context);
}

function inFront(resolved: Resolved, { parentURL }: Context): Resolved {
  if (!NEON.test(resolved.url) || parentURL?.startsWith(MODULE_IN_FRONT)) return resolved;
  if (ANOTHERS.test(resolved.url) || (parentURL !== undefined && ANOTHERS.test(parentURL))) return resolved;
  const url = JSON.stringify(resolved.url);
  const source = `
    import * as driver from ${url};
    export * from ${url};
    const followed = globalThis[Symbol.for('pg-otel.neon')];
    export const neon = followed === undefined ? driver.neon : followed(driver, ${url});`;
  return {
    ...resolved,
    format: 'module',
    url: MODULE_IN_FRONT + encodeURIComponent(source),
    shortCircuit: true,
  } as Resolved;
}
