// What docs/reference/compatibility.md lists for PGlite.
const { inspect } = require('node:util');
const { scene, log, outcome } = require(process.env.STAGE);
const { create, load } = require(process.env.PGLITE_STAGE);

scene('what is replaced', async () => {
  const { PGlite } = await load();
  const { prototype } = PGlite;
  const base = Object.getPrototypeOf(prototype);
  const isFunction = (name) => typeof prototype[name] === 'function' && 'prototype' in prototype[name];
  const names = [...Object.getOwnPropertyNames(prototype), ...Object.getOwnPropertyNames(base)];
  const methods = [...new Set(names)].filter((name) => name !== 'constructor' && !isGetter(prototype, name));
  log('functions where methods were', inspect(methods.filter(isFunction).sort()));
  log(
    'inherited before',
    inspect(
      Object.getOwnPropertyNames(base).filter(
        (name) => name !== 'constructor' && Object.hasOwn(prototype, name),
      ),
    ),
  );
  log('symbols', Object.getOwnPropertySymbols(prototype).map(String).includes('Symbol(pg-otel.patched)'));
});

function isGetter(prototype, name) {
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor !== undefined) return descriptor.get !== undefined;
  }
  return false;
}

scene('errors', async () => {
  const db = await create();
  await db.close();
  const { rejected } = await outcome(db.query('SELECT 1'));
  log('frames of the instrumentation in the stack', String(rejected.stack).includes('@pg-otel'));
});
