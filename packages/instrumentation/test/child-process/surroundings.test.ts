import { onePerMajorVersion, runFixture, titled } from '@pg-otel/testkit';

/** What the process of an application may have around the instrumentation. */
const SURROUNDINGS = {
  'a working folder that was removed': `
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-removed-'));
    process.chdir(folder);
    fs.rmdirSync(folder);
    new PostgresInstrumentation();`,
  'a replaced module without exports': `
    const filename = require.resolve('pg-pool');
    require.cache[filename] = { id: filename, filename, loaded: true, exports: null };
    new PostgresInstrumentation();`,
  'messages of undici in another form': `
    new PostgresInstrumentation();
    for (const name of ['request:create', 'request:headers', 'client:beforeConnect', 'client:connected', 'client:connectError', 'client:sendHeaders'])
      channel('undici:' + name).publish({});`,
};

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  it.each(Object.entries(SURROUNDINGS))('an application runs with %s', async (__, program) => {
    const { stdout, code } = await runFixture({
      installation,
      node,
      type: 'commonjs',
      source: `
        const { channel } = require('node:diagnostics_channel');
        const fs = require('node:fs');
        const os = require('node:os');
        const path = require('node:path');
        const { PostgresInstrumentation } = require('@pg-otel/instrumentation');
        ${program}
        // An uncaught exception comes before.
        setImmediate(() => console.log('runs'));`,
    });
    expect({ stdout, code }).toEqual({ stdout: 'runs\n', code: 0 });
  });
});
