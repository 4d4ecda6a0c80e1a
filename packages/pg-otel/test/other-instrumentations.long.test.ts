import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  exportTo,
  freePort,
  installationFolder,
  onePerMajorVersion,
  place,
  type Runtime,
  runFixture,
  runtimes,
  startFixture,
  titled,
} from '@pg-otel/testkit';
import { capture, postgres } from '@pg-otel/testkit/stage';

const REGISTER = ['--import', 'pg-otel/register'];

/** A web application without any OpenTelemetry code. */
const application = {
  commonjs: `
    const express = require('express');
    const pg = require('pg');
    serve(express, pg);`,
  module: `
    import express from 'express';
    import pg from 'pg';
    serve(express, pg);`,
};
const SERVE = `
  function serve(express, pg) {
    const pool = new pg.Pool();
    const app = express();
    app.get('/orders', async (request, response) => {
      const { rows } = await pool.query('SELECT 42 AS answer');
      response.json(rows);
    });
    const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => console.log('the shop is open'));
    process.on('SIGTERM', () => { server.closeAllConnections(); server.close(() => pool.end()); });
  }`;

/** The installation has them for other tests; these tests expect no spans below a connection setup. */
const withoutSockets = { PG_OTEL_INSTRUMENTATIONS: '', OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'dns,net' };

/** As a package that depends on another version of it; its hook has seen `http` before the application's instrumentation. */
const ANOTHER_COPY = `
  const file = require.resolve('@opentelemetry/instrumentation');
  for (const cached of Object.keys(require.cache)) {
    if (/opentelemetry.instrumentation.build|require-in-the-middle/.test(cached)) delete require.cache[cached];
  }
  const { InstrumentationBase } = require(file);
  new (class extends InstrumentationBase { init() {} })('other', '1.0.0', {});
  require('http');`;

/** Each span as a path of names, from its root to itself. */
function paths(): string[] {
  const spans = capture.spans();
  const path = ({ name, parentSpanId }: (typeof spans)[number]): string => {
    const parent = spans.find(({ spanId }) => spanId === parentSpanId);
    return parent === undefined ? name : `${path(parent)} > ${name}`;
  };
  return spans.map(path).sort();
}

async function askOnce(
  { installation, node }: Runtime,
  /** The application of this type, the text of a CommonJS script, or a program in a folder. */
  program:
    | 'commonjs'
    | 'module'
    | `import(${string});`
    | { readonly folder: string; readonly command: readonly string[] },
  env: Readonly<Record<string, string>> = {},
  nodeArgs: readonly string[] = REGISTER,
) {
  const port = await freePort();
  const isScript = program !== 'commonjs' && program !== 'module';
  const fixture =
    typeof program === 'object'
      ? program
      : ({
          type: program === 'module' ? 'module' : 'commonjs',
          source: isScript ? program : application[program] + SERVE,
        } as const);
  const running = startFixture({
    installation,
    node,
    nodeArgs,
    ...fixture,
    env: {
      ...exportTo(capture, postgres),
      PORT: String(port),
      PG_OTEL_ACQUIRE_SPANS: 'waited',
      ...withoutSockets,
      ...env,
    },
  });
  await running.waitForOutput('the shop is open');
  const answer = await fetch(`http://127.0.0.1:${port}/orders`);
  expect(await answer.json()).toEqual([{ answer: 42 }]);
  running.kill('SIGTERM');
  return running.ended;
}

const wholeTree = (handler: string) =>
  [
    handler,
    `${handler} > acquire shop`,
    `${handler} > acquire shop > connect shop`,
    `${handler} > SELECT`,
  ].sort();

/** Node has synchronous hooks from 22.15. */
const hasRegisterHooks = (node: string): boolean =>
  execFileSync(node, ['-p', "'registerHooks' in require('node:module')"], { encoding: 'utf8' }) === 'true\n';

describe.each(titled(runtimes()))('on %s', (_, runtime) => {
  it.each(['commonjs', 'module'] as const)(
    'with pg-otel/register, a request to an Express application (%s) and its query are one trace',
    async (type) => {
      const result = await askOnce(runtime, type);
      expect(result).toMatchObject({ stdout: 'the shop is open\n', stderr: '', code: 0 });
      expect(paths()).toEqual(['GET /orders', ...wholeTree('GET /orders > request handler')]);
    },
  );

  describe('an ES module that imports functions of node:http', () => {
    const run = async (first: string) => {
      // The hook for imports doubles the start of an application with thousands of ES modules.
      const observer = place(
        runtime.installation,
        `const Module = require('node:module');
         const { register } = Module;
         Module.register = (specifier, ...args) => {
           if (String(specifier).includes('in-the-middle')) console.log('the hook for imports');
           return register(specifier, ...args);
         };`,
        'cjs',
      );
      return runFixture({
        ...runtime,
        nodeArgs: ['--import', observer, ...REGISTER],
        type: 'module',
        source: `
          import { createServer, get } from 'node:http';
          ${first}
          setImmediate(() => {
            const server = createServer((request, response) => response.end()).listen(0, '127.0.0.1', () =>
              get({ port: server.address().port, host: '127.0.0.1', agent: false }, (response) =>
                response.resume().on('end', () => server.close()),
              ),
            );
          });`,
        env: { ...exportTo(capture, postgres), PG_OTEL_INSTRUMENTATIONS: 'http' },
      });
    };

    it('has spans of its requests, without the hook for imports', async () => {
      expect(await run('')).toMatchObject({ stdout: '', stderr: '', code: 0 });
      expect(paths()).toEqual(['GET', 'GET > GET']);
    });

    it('has those of the instrumentation that it constructs', async () => {
      const result = await run(`
        import { registerInstrumentations } from '@opentelemetry/instrumentation';
        import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
        registerInstrumentations({
          instrumentations: [new HttpInstrumentation({ requestHook: (span) => span.updateName('own') })],
        });`);
      expect(result).toMatchObject({ stdout: '', stderr: '', code: 0 });
      expect(paths()).toEqual(['own', 'own > own']);
    });

    it('has those of the SDK that it starts', async () => {
      const result = await run(`
        import { NodeSDK } from '@opentelemetry/sdk-node';
        import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
        const sdk = new NodeSDK({
          instrumentations: [new HttpInstrumentation({ requestHook: (span) => span.updateName('own') })],
        });
        sdk.start();
        process.once('beforeExit', () => sdk.shutdown());`);
      expect(result).toMatchObject({ stdout: '', code: 0 });
      expect(paths()).toEqual(['own', 'own > own']);
    });
  });

  it('a CommonJS script that imports an ESM application is instrumented like it', async () => {
    const app = place(runtime.installation, application.module + SERVE, 'mjs');
    const result = await askOnce(runtime, `import(${JSON.stringify(app)});`);
    expect(result).toMatchObject({ stdout: 'the shop is open\n', stderr: '', code: 0 });
    // Older versions of Node would need a thread for the hook in every CommonJS program.
    expect(paths()).toEqual(
      hasRegisterHooks(runtime.node)
        ? ['GET /orders', ...wholeTree('GET /orders > request handler')]
        : wholeTree('GET'),
    );
  });
});

it("a framework's server, a CommonJS script that imports ES modules of its package, is instrumented like it", async () => {
  const runtime = runtimes().at(-1) as Runtime;
  const folder = path.join(path.dirname(place(runtime.installation, '', 'mjs')), randomUUID());
  const server = path.join(folder, 'node_modules', 'framework-serve');
  fs.mkdirSync(server, { recursive: true });
  fs.writeFileSync(path.join(server, 'cli.mjs'), application.module + SERVE);
  fs.writeFileSync(path.join(server, 'bin.cjs'), `import('./cli.mjs');`);
  const result = await askOnce(runtime, { folder, command: ['node_modules/framework-serve/bin.cjs'] });
  fs.rmSync(folder, { recursive: true });
  expect(result).toMatchObject({ stdout: 'the shop is open\n', stderr: '', code: 0 });
  expect(paths()).toEqual(['GET /orders', ...wholeTree('GET /orders > request handler')]);
});

describe.each(titled(onePerMajorVersion()))('on %s', (_, runtime) => {
  const { installation } = runtime;

  it('PG_OTEL_INSTRUMENTATIONS selects instrumentations by name', async () => {
    const result = await askOnce(runtime, 'commonjs', { PG_OTEL_INSTRUMENTATIONS: 'http' });
    expect(result.stderr).toBe('');
    expect(paths()).toEqual(wholeTree('GET'));
  });

  it.each([
    ['PG_OTEL_INSTRUMENTATIONS=none', { PG_OTEL_INSTRUMENTATIONS: 'none' }],
    [
      'OTEL_NODE_DISABLED_INSTRUMENTATIONS',
      { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'http,express,undici,pg,dns,net' },
    ],
    ['OTEL_NODE_ENABLED_INSTRUMENTATIONS', { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'undici' }],
  ])('%s registers only the Postgres instrumentation', async (_, env) => {
    const result = await askOnce(runtime, 'commonjs', env);
    expect(result.stderr).toBe('');
    expect(paths()).toEqual(['SELECT', 'acquire shop', 'acquire shop > connect shop']);
  });

  it('warns of an unknown name, and of an instrumentation that is not installed', async () => {
    const result = await askOnce(runtime, 'commonjs', { PG_OTEL_INSTRUMENTATIONS: 'http,koa,expres' });
    expect(result.stderr).toMatch(/PG_OTEL_INSTRUMENTATIONS must be a list of none, pg, .*, got "expres"/);
    expect(result.stderr).toContain(
      'The instrumentation "koa" is not installed (npm install @opentelemetry/instrumentation-koa)',
    );
    expect(paths()).toEqual(wholeTree('GET'));
  });

  it('an instrumentation that the application constructs replaces the registered one', async () => {
    const tracing = place(
      installation,
      `const { registerInstrumentations } = require('@opentelemetry/instrumentation');
       const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
       registerInstrumentations({
         instrumentations: [
           new HttpInstrumentation({ requestHook: (span) => span.updateName('named by the application') }),
         ],
       });`,
      'cjs',
    );
    const result = await askOnce(runtime, 'commonjs', { PG_OTEL_INSTRUMENTATIONS: 'http' }, [
      ...REGISTER,
      '--import',
      tracing,
    ]);
    expect(result.stderr).toBe('');
    expect(paths()).toEqual(wholeTree('named by the application'));
  });

  it.each([
    ['', ''],
    [', next to another copy of the package that has the hooks', ANOTHER_COPY],
  ])(
    'only the instrumentations of the SDK that the application starts later are active%s',
    async (_, first) => {
      const sdk = place(
        installation,
        `const { NodeSDK } = require('@opentelemetry/sdk-node');
       const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
       ${first}
       const sdk = new NodeSDK({
         instrumentations: [
           new HttpInstrumentation({ requestHook: (span) => span.updateName('named by the application') }),
         ],
       });
       sdk.start();
       process.on('SIGTERM', () => sdk.shutdown());`,
        'cjs',
      );
      const result = await askOnce(runtime, 'commonjs', {}, [...REGISTER, '--import', sdk]);
      expect(result.stderr).toContain('PG_OTEL_FOREIGN_PROVIDER');
      // Neither a second span of the request, nor one of Express, which the application does not instrument.
      expect(paths()).toEqual(wholeTree('named by the application'));
    },
  );

  it('registers none if an SDK was started before', async () => {
    const sdk = place(
      installation,
      `const { NodeSDK } = require('@opentelemetry/sdk-node');
       new NodeSDK({ instrumentations: [] }).start();`,
      'cjs',
    );
    const result = await askOnce(runtime, 'commonjs', {}, [
      '--require',
      sdk,
      '--require',
      'pg-otel/register',
    ]);
    expect(result.code).toBe(0);
    expect(paths().filter((path) => path.startsWith('GET'))).toEqual([]);
  });

  it('warns of an instrumentation that cannot be loaded, and the application runs', async () => {
    const broken = place(
      installation,
      `const load = module.constructor._load;
       module.constructor._load = (name, ...rest) => {
         if (String(name).includes('instrumentation-express')) throw new Error('broken');
         return load(name, ...rest);
       };`,
      'cjs',
    );
    const result = await askOnce(runtime, 'commonjs', {}, [
      '--require',
      broken,
      '--require',
      'pg-otel/register',
    ]);
    expect(result.stderr).toContain('The instrumentation "express" could not be loaded: broken');
    expect(paths()).toEqual(wholeTree('GET'));
  });

  it.each([
    { dependent: 'a package of the application', dependencies: { sentry: '8' }, stderr: '' },
    {
      dependent: 'the application',
      dependencies: { '@opentelemetry/instrumentation-koa': '0.40' },
      stderr: expect.stringMatching(/The instrumentation "koa" .* is for another major version/),
    },
  ])('an incompatible instrumentation that $dependent depends on', async ({ dependencies, stderr }) => {
    const folder = fs.mkdtempSync(path.join(installationFolder(installation), '.cache', 'application-'));
    const instrumentation = 'node_modules/@opentelemetry/instrumentation-koa';
    const base = `${instrumentation}/node_modules/@opentelemetry/instrumentation`;
    const files = {
      'package.json': { dependencies },
      'app.js': 'console.log("started")',
      'node_modules/koa/index.js': '',
      [`${instrumentation}/package.json`]: { name: 'koa', version: '0.40.0' },
      [`${instrumentation}/index.js`]: '',
      [`${base}/package.json`]: { name: 'instrumentation', version: '0.50.0' },
      [`${base}/index.js`]: '',
    };
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    }
    try {
      const result = await runFixture({
        installation,
        folder,
        command: [...REGISTER, 'app.js'],
        env: { ...exportTo(capture, postgres), ...withoutSockets },
      });
      expect(result).toMatchObject({ stdout: 'started\n', stderr, code: 0 });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
