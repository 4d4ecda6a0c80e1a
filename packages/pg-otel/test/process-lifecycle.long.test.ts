import * as http from 'node:http';
import * as net from 'node:net';
import * as path from 'node:path';
import {
  type FixtureResult,
  type OtlpCapture,
  onePerMajorVersion,
  place,
  removePlaced,
  runFixture,
  startFixture,
  startOtlpCapture,
  titled,
} from '@pg-otel/testkit';

let capture: OtlpCapture;
/** Accepts connections and never answers. */
let hanging: net.Server;
/** Answers that it is unavailable. */
let unavailable: http.Server;
let refused: net.Server;

const listen = <Server extends net.Server>(server: Server): Promise<Server> =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
const urlOf = (server: net.Server) => `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`;
const sockets = new Set<net.Socket>();

beforeAll(async () => {
  capture = await startOtlpCapture();
  hanging = await listen(net.createServer((socket) => void sockets.add(socket.on('error', () => {}))));
  unavailable = await listen(http.createServer((_, response) => response.writeHead(503).end()));
  refused = await listen(net.createServer());
  refusedUrl = urlOf(refused);
  refused.close();
});
let refusedUrl: string;

beforeEach(() => capture.clear());
afterAll(async () => {
  removePlaced();
  for (const socket of sockets) socket.destroy();
  for (const server of [hanging, unavailable]) await new Promise((resolve) => server.close(resolve));
  await capture.stop();
});

/** A span, a measurement and a log record, by the OpenTelemetry API only. */
const SPAN = `const { trace, metrics } = require('@opentelemetry/api');
  trace.getTracer('application').startSpan('work').end();
  metrics.getMeter('application').createCounter('orders').add(1);`;
const STAY = `setInterval(() => {}, 1000); console.log('ready');`;

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  const options = (env: Readonly<Record<string, string>>) => ({
    installation,
    node,
    type: 'commonjs' as const,
    nodeArgs: ['--require', 'pg-otel/register'],
    env: { ...capture.env, ...env },
  });
  const run = (source: string, env: Readonly<Record<string, string>> = {}) =>
    runFixture({ source, ...options(env) });
  const started = (source: string, env: Readonly<Record<string, string>> = {}) =>
    startFixture({ source, ...options(env) });
  const spans = () => capture.spans().map(({ name }) => name);
  const isSpanThere = () => capture.waitFor(({ spans }) => spans().length > 0);

  describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
    it('flushes, and ends the process as it does without pg-otel', async () => {
      const program = started(`${SPAN}${STAY}`);
      await program.waitForOutput('ready');
      program.kill(signal);
      expect(await program.ended).toEqual({ stdout: 'ready\n', stderr: '', code: null, signal });
      expect(spans()).toEqual(['work']);
      expect(capture.metrics().map(({ name }) => name)).toContain('orders');
    });

    it('ends the process even if the collector never answers', async () => {
      const program = started(`${SPAN}${STAY}`, {
        OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(hanging),
        OTEL_EXPORTER_OTLP_TIMEOUT: '3600000',
      });
      await program.waitForOutput('ready');
      program.kill(signal);
      expect(await program.ended).toMatchObject({ code: null, signal });
    });

    it('ends the process at once when it is sent a second time', async () => {
      const program = started(
        `${SPAN}${STAY}
        const poll = setInterval(() => {
          if (process.listenerCount('${signal}') > 0) return;
          clearInterval(poll);
          console.log('flushing');
        }, 5);
        // Without timers the flush has no limit, so only the second signal can end the process.
        globalThis.setTimeout = () => ({ unref() { return this; }, ref() { return this; } });`,
        { OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(hanging), OTEL_EXPORTER_OTLP_TIMEOUT: '3600000' },
      );
      await program.waitForOutput('ready');
      program.kill(signal);
      await program.waitForOutput('flushing');
      program.kill(signal);
      expect(await program.ended).toMatchObject({ stdout: 'ready\nflushing\n', code: null, signal });
    });

    it('ends the process even if the application shuts pg-otel down meanwhile', async () => {
      const program = started(
        `${SPAN}${STAY}
        const poll = setInterval(() => {
          if (process.listenerCount('${signal}') > 0) return;
          clearInterval(poll);
          void globalThis[Symbol.for('pg-otel.started')].shutdown();
        }, 5);`,
        { OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(hanging), OTEL_EXPORTER_OTLP_TIMEOUT: '3600000' },
      );
      await program.waitForOutput('ready');
      program.kill(signal);
      expect(await program.ended).toMatchObject({ code: null, signal });
    });

    it('only flushes when the application has a listener', async () => {
      const program = started(`${SPAN}${STAY} process.on('${signal}', () => console.log('mine'));`);
      await program.waitForOutput('ready');
      program.kill(signal);
      await isSpanThere();
      program.kill(signal);
      await program.waitForOutput('mine\nmine');
      program.kill('SIGKILL');
      expect(await program.ended).toMatchObject({ signal: 'SIGKILL' });
    });

    it('exports what the application records while it handles the signal', async () => {
      const program = started(
        `${SPAN}${STAY}
        process.on('${signal}', () => {
          const poll = setInterval(() => {
            // The first flush has finished when the listener of pg-otel is back.
            if (process.listenerCount('${signal}') === 1) return;
            clearInterval(poll);
            trace.getTracer('application').startSpan('last request').end();
          }, 5);
        });`,
        { OTEL_BSP_SCHEDULE_DELAY: '3600000' },
      );
      await program.waitForOutput('ready');
      program.kill(signal);
      await capture.waitFor(({ spans }) => spans().some(({ name }) => name === 'last request'));
      program.kill('SIGKILL');
      expect(await program.ended).toMatchObject({ signal: 'SIGKILL' });
    });

    it.each(['once', 'prependListener', 'prependOnceListener'])(
      'is left to the application that listens by %s',
      async (add) => {
        const program = started(`${SPAN}${STAY}
        process.${add}('${signal}', () => setImmediate(() => {
          // The flush has finished when the listener of pg-otel is back.
          const others = process.listenerCount('${signal}');
          setInterval(() => process.listenerCount('${signal}') > others && process.exit(7), 5);
        }));`);
        await program.waitForOutput('ready');
        program.kill(signal);
        expect(await program.ended).toMatchObject({ code: 7, signal: null });
        expect(spans()).toEqual(['work']);
      },
    );

    it('reaches the application as it does without pg-otel: its listener is the only one', async () => {
      // The package signal-exit does the same: it raises the signal again if there is no other listener.
      const program = started(`${SPAN}${STAY}
        process.on('${signal}', function polite() {
          if (process.listenerCount('${signal}') > 1) return;
          process.off('${signal}', polite);
          process.kill(process.pid, '${signal}');
        });`);
      await program.waitForOutput('ready');
      program.kill(signal);
      expect(await program.ended).toMatchObject({ code: null, signal });
    });

    it('flushes again after the application has handled it and continued', async () => {
      const program = started(`${SPAN}${STAY}
        process.once('${signal}', () => {
          const poll = setInterval(() => {
            // The first flush has finished when the listener of pg-otel is back.
            if (process.listenerCount('${signal}') === 0) return;
            clearInterval(poll);
            trace.getTracer('application').startSpan('later').end();
            console.log('stayed');
          }, 5);
        });`);
      await program.waitForOutput('ready');
      program.kill(signal);
      await program.waitForOutput('stayed');
      program.kill(signal);
      expect(await program.ended).toMatchObject({ code: null, signal });
      expect(spans()).toEqual(['work', 'later']);
    });
  });

  it('after shutdown() a signal has the same effect as without pg-otel', async () => {
    const source = (start: string) => `
      const names = ['SIGTERM', 'SIGINT', 'beforeExit', 'removeListener'];
      (async () => {
        ${start}
        console.log(names.map((name) => process.listenerCount(name)).join());
      })();`;
    const [registered, bare] = await Promise.all([
      run(source(`await require('pg-otel').start().shutdown();`)),
      runFixture({ ...options({}), nodeArgs: [], source: source('') }),
    ]);
    expect(registered.stdout).toBe(bare.stdout);
  });

  it('the process stays alive while the application awaits a flush or the shutdown', async () => {
    const { stdout } = await run(`const otel = require('pg-otel').start();
      (async () => {
        for (const turn of [1, 2]) {
          await otel.forceFlush();
          console.log('flushed', turn);
        }
        ${SPAN}
        await otel.shutdown();
        console.log('shut down');
      })();`);
    expect(stdout).toBe('flushed 1\nflushed 2\nshut down\n');
    expect(spans()).toEqual(['work']);
  });

  describe.each([
    ['an error nobody catches', `setTimeout(() => { throw new Error('boom'); }, 10);`, 'commonjs'],
    [
      'an error while the program loads',
      `throw Object.assign(new TypeError('boom'), { secret: 1 });`,
      'commonjs',
    ],
    [
      'a rejection nobody handles',
      `Promise.reject(new Error('boom')); setInterval(() => {}, 1000);`,
      'commonjs',
    ],
    ['a rejection with no error', `Promise.reject('boom');`, 'commonjs'],
    ['process.exit()', `setInterval(() => {}, 1000); setTimeout(() => process.exit(3), 10);`, 'commonjs'],
    ['process.exitCode', `process.exitCode = 4;`, 'commonjs'],
    ['an await that never ends', `await new Promise(() => {});`, 'module'],
    [
      'listeners of exit',
      `process.on('beforeExit', (code) => console.log('before', code)).on('exit', (code) => console.log('exit', code));`,
      'module',
    ],
  ] as const)('%s', (_case, source, type) => {
    it('has the same output and exit code as without pg-otel', async () => {
      const program = place(installation, source, type === 'module' ? 'mjs' : 'cjs');
      const end = (nodeArgs: readonly string[]): Promise<FixtureResult> =>
        runFixture({
          installation,
          node,
          nodeArgs,
          env: capture.env,
          folder: path.dirname(program),
          command: [program],
        });
      const [bare, registered] = await Promise.all([end([]), end(['--require', 'pg-otel/register'])]);
      expect(registered).toEqual(bare);
    });
  });

  it('pg-otel has no listener that could prevent a crash from ending the process', async () => {
    const { stdout } = await run(`
      const names = ['uncaughtException', 'uncaughtExceptionMonitor', 'unhandledRejection', 'exit'];
      console.log(names.map((name) => process.listenerCount(name)).join());`);
    expect(stdout).toBe('0,0,0,0\n');
  });

  describe('a short script', () => {
    it('ends on its own, and all its telemetry is exported', async () => {
      expect(await run(SPAN)).toEqual({ stdout: '', stderr: '', code: 0, signal: null });
      expect(spans()).toEqual(['work']);
      expect(capture.metrics().map(({ name }) => name)).toEqual(['orders']);
    });

    it('exports all its telemetry in batches of any size', async () => {
      const { stderr } = await run(
        `const { trace } = require('@opentelemetry/api');
        for (let turn = 0; turn < 1_000; turn += 1) trace.getTracer('application').startSpan('work').end();`,
        { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10' },
      );
      expect(stderr).toBe('');
      expect(spans()).toHaveLength(1_000);
    });

    it('may continue after beforeExit', async () => {
      const { code } = await run(`${SPAN}
        process.once('beforeExit', () => setTimeout(() => {
          trace.getTracer('application').startSpan('later').end();
        }, 300));`);
      expect(spans()).toEqual(['work', 'later']);
      expect(code).toBe(0);
    });

    it.each([
      ['http/protobuf', 'refuses connections', () => refusedUrl],
      ['http/protobuf', 'never answers', () => urlOf(hanging)],
      ['http/protobuf', 'is unavailable', () => urlOf(unavailable)],
      ['http/protobuf', 'never completes TLS', () => urlOf(hanging).replace('http:', 'https:')],
      ['http/json', 'never answers', () => urlOf(hanging)],
      ['grpc', 'refuses connections', () => refusedUrl],
      ['grpc', 'never answers', () => urlOf(hanging)],
    ])('ends on its own with %s exports to a collector that %s', async (protocol, _state, url) => {
      // The SDK's own exporters would keep it alive for this long, which is longer than the program may run.
      const { code } = await run(SPAN, {
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_ENDPOINT: url(),
        OTEL_EXPORTER_OTLP_TIMEOUT: '3600000',
      });
      expect(code).toBe(0);
    });
  });

  it.each(['ends on its own', 'is ended by SIGTERM', 'shuts down'])(
    'a program that %s does not wait for a collector that refuses connections',
    async (end) => {
      const last = {
        'ends on its own': '',
        'is ended by SIGTERM': `setInterval(() => {}, 1000); process.on('SIGTERM', () => setImmediate(poll));
          const poll = () => process.listenerCount('SIGTERM') > 1 ? process.exit() : setImmediate(poll);
          process.kill(process.pid, 'SIGTERM');`,
        'shuts down': `require('pg-otel').start().shutdown();`,
      }[end];
      const { stdout, stderr } = await run(
        `let dials = 0;
        require('node:diagnostics_channel').subscribe('net.client.socket', () => { dials += 1; });
        process.on('exit', () => console.log(dials, 'dials'));
        ${SPAN} ${last}`,
        { OTEL_EXPORTER_OTLP_ENDPOINT: refusedUrl, OTEL_EXPORTER_OTLP_TIMEOUT: '60000' },
      );
      // One for traces and one for metrics, and one more for each retry.
      expect(stdout).toBe('2 dials\n');
      expect(stderr.match(/PG_OTEL_EXPORT_FAILED/g)).toHaveLength(1);
    },
  );

  it('warns once that the collector is unreachable, once that it is back, and of the next outage', async () => {
    const program = started(
      `const codes = [];
      process.on('warning', ({ code }) => {
        codes.push(code);
        console.log(codes.join());
      });
      setInterval(() => require('@opentelemetry/api').trace.getTracer('application').startSpan('work').end(), 10);`,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${refusedUrl}?key=hunter2`,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${refusedUrl}/v1/traces?key=hunter2`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=hunter2',
        // Shorter than the wait before the first retry.
        OTEL_EXPORTER_OTLP_TIMEOUT: '500',
        OTEL_BSP_SCHEDULE_DELAY: '10',
        OTEL_METRICS_EXPORTER: 'none',
      },
    );
    const collector = http.createServer((request, response) =>
      request.resume().on('end', () => response.end()),
    );
    const [down, back] = ['PG_OTEL_EXPORT_FAILED', 'PG_OTEL_EXPORT_RECOVERED'];
    await program.waitForOutput(`${down}\n`);
    await new Promise<void>((resolve) =>
      collector.listen(Number(new URL(refusedUrl).port), '127.0.0.1', resolve),
    );
    await program.waitForOutput(`${down},${back}\n`);
    collector.closeAllConnections();
    await new Promise((resolve) => collector.close(resolve));
    await program.waitForOutput(`${down},${back},${down}\n`);
    program.kill('SIGKILL');
    const { stderr } = await program.ended;
    expect(stderr).toContain(
      `Cannot export traces to ${refusedUrl}/v1/traces: ECONNREFUSED. The application is not affected. Start a ` +
        'collector there or set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT; OTEL_TRACES_EXPORTER=none turns traces off.',
    );
    expect(stderr.match(/PgOtelWarning/g)).toHaveLength(3);
    expect(stderr).not.toContain('hunter2');
  });

  it('warns once that the collector rejects a part of each export', async () => {
    // ExportTraceServiceResponse with partial_success.rejected_spans = 1.
    const strict = await listen(
      http.createServer((request, response) =>
        request.resume().on('end', () => response.end(Buffer.from([0x0a, 0x02, 0x08, 0x01]))),
      ),
    );
    const url = urlOf(strict);
    const { stderr } = await run(
      `const { trace } = require('@opentelemetry/api');
      for (let turn = 0; turn < 10; turn += 1) trace.getTracer('application').startSpan('work').end();`,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: url,
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2',
      },
    );
    await new Promise((resolve) => strict.close(resolve));
    expect(stderr.match(/\[PG_OTEL_EXPORT_FAILED\] .*/g)).toEqual([
      `[PG_OTEL_EXPORT_FAILED] PgOtelWarning: ${url}/v1/traces rejects a part of the traces (partial success). ` +
        'The application is not affected. OTEL_LOG_LEVEL=warn shows the reason of the receiver.',
    ]);
  });

  it('a collector that asks for a retry at once gets it, without a warning', async () => {
    let requests = 0;
    const busy = await listen(
      http.createServer((request, response) => {
        requests += 1;
        const isFirst = requests === 1;
        request
          .resume()
          .on('end', () => response.writeHead(isFirst ? 503 : 200, { 'retry-after': '0' }).end());
      }),
    );
    const { stderr } = await run(SPAN, {
      OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(busy),
      OTEL_METRICS_EXPORTER: 'none',
    });
    await new Promise((resolve) => busy.close(resolve));
    expect({ stderr, requests }).toEqual({ stderr: '', requests: 2 });
  });

  it.each([
    ['refuses connections', () => refusedUrl],
    ['never answers', () => urlOf(hanging)],
    ['is unavailable', () => urlOf(unavailable)],
  ])('a running export to a collector that %s does not keep the process alive', async (_state, url) => {
    const { code } = await run(`${SPAN} setTimeout(() => {}, 1000);`, {
      OTEL_EXPORTER_OTLP_ENDPOINT: url(),
      OTEL_EXPORTER_OTLP_TIMEOUT: '3600000',
      OTEL_METRIC_EXPORT_TIMEOUT: '3600000',
      OTEL_METRIC_EXPORT_INTERVAL: '100',
      OTEL_BSP_SCHEDULE_DELAY: '10',
      OTEL_BSP_EXPORT_TIMEOUT: '3600000',
    });
    expect(code).toBe(0);
  });

  it('a running gRPC export to a collector that never answers does not keep the process alive for long', async () => {
    const { code } = await run(`${SPAN} setTimeout(() => {}, 1000);`, {
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: urlOf(hanging),
      OTEL_BSP_SCHEDULE_DELAY: '10',
    });
    expect(code).toBe(0);
  });
});
