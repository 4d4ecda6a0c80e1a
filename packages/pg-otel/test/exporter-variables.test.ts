import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import {
  decodeProtobuf,
  MODULES_OF_PG_OTEL,
  onePerMajorVersion,
  runFixture,
  selfSignedCertificate,
  titled,
} from '@pg-otel/testkit';
import { EXPORTER_ENVIRONMENTS } from './exporter-environments';

/**
 * Starts NodeSDK and pg-otel in each environment, and reports what arrives at the receivers: three spans and log records
 * and one value of each instrument from both.
 */
const COMPARED = (folder: string) => `
  const fs = require('node:fs');
  const http = require('node:http');
  const https = require('node:https');
  const path = require('node:path');
  const zlib = require('node:zlib');
  const { createRequire } = require('node:module');
  const { once } = require('node:events');
  const { context, metrics, propagation, trace } = require('@opentelemetry/api');
  const { NodeSDK } = require('@opentelemetry/sdk-node');
  const { PostgresInstrumentation } = require('@pg-otel/instrumentation');
  const ours = ${MODULES_OF_PG_OTEL};
  const { startFromEnvironment } = require(path.join(ours, 'sdk/from-environment.js'));
  const { logsApi } = require(path.join(ours, 'sdk/require-sdk.js'));
  const sdkNode = createRequire(require.resolve('@opentelemetry/sdk-node'));
  const grpcBase = createRequire(createRequire(sdkNode.resolve('@opentelemetry/exporter-trace-otlp-grpc')).resolve('@opentelemetry/otlp-grpc-exporter-base'));
  const grpc = grpcBase('@grpc/grpc-js');

  const folder = ${JSON.stringify(folder)};
  const certificate = fs.readFileSync(path.join(folder, 'certificate.pem'));
  const key = fs.readFileSync(path.join(folder, 'key.pem'));
  let received = [];
  const IGNORED = new Set(['content-length', 'date', 'traceparent']);

  function onRequest(request, response) {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const sent = Buffer.concat(parts);
      const { headers, method, url, socket } = request;
      const body = headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(sent) : sent;
      received.push({
        method, url,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !IGNORED.has(name)).sort()),
        isEncrypted: socket.encrypted === true,
        client: socket.getPeerCertificate?.().subject?.CN,
        body: body.toString('base64'),
      });
      response.end();
    });
  }

  function grpcServer() {
    const server = new grpc.Server();
    for (const [kind, signal] of [['Trace', 'trace'], ['Metrics', 'metrics'], ['Logs', 'logs']]) {
      const url = '/opentelemetry.proto.collector.' + signal + '.v1.' + kind + 'Service/Export';
      const bytes = (value) => value;
      server.addService(
        { Export: { path: url, requestStream: false, responseStream: false, requestSerialize: bytes, requestDeserialize: bytes, responseSerialize: bytes, responseDeserialize: bytes } },
        {
          Export(call, done) {
            received.push({ method: 'grpc', url, headers: Object.fromEntries(Object.entries(call.metadata.getMap()).filter(([name]) => !IGNORED.has(name)).sort()), body: call.request.toString('base64') });
            done(null, Buffer.alloc(0));
          },
        },
      );
    }
    return new Promise((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => error ? reject(error) : resolve([server, port])));
  }

  // The timeouts of the exporters' requests.
  let timeouts = [];
  const { setTimeout: setRequestTimeout } = http.ClientRequest.prototype;
  http.ClientRequest.prototype.setTimeout = function (milliseconds, ...rest) {
    timeouts.push(this.path + ' ' + milliseconds);
    return setRequestTimeout.call(this, milliseconds, ...rest);
  };

  const postgres = new PostgresInstrumentation();
  const starts = {
    nodeSdk() {
      const sdk = new NodeSDK();
      sdk.start();
      return sdk;
    },
    ours: () => startFromEnvironment({}, postgres, [], new Set()),
  };

  async function observe(start) {
    received = [];
    timeouts = [];
    try {
      const sdk = start();
      for (const name of ['a', 'b', 'c']) {
        trace.getTracer('application').startSpan(name).end();
        logsApi().getLogger('application').emit({ body: name });
      }
      const meter = metrics.getMeter('application');
      meter.createCounter('calls').add(1);
      meter.createUpDownCounter('open').add(1);
      meter.createHistogram('duration').record(1);
      await sdk.shutdown();
      return { received: received.sort((one, other) => (one.url < other.url ? -1 : 1)), timeouts: timeouts.sort() };
    } finally {
      for (const api of [trace, metrics, context, propagation, logsApi()]) api.disable();
    }
  }

  async function main() {
    const plain = http.createServer(onRequest).listen(0, '127.0.0.1');
    const encrypted = https.createServer({ cert: certificate, key, requestCert: true, rejectUnauthorized: false }, onRequest).listen(0, '127.0.0.1');
    const [grpcReceiver, grpcPort] = await grpcServer();
    await Promise.all([plain, encrypted].map((server) => server.listening || once(server, 'listening')));
    const places = {
      $HTTPS: 'localhost:' + encrypted.address().port,
      $HTTP: '127.0.0.1:' + plain.address().port,
      $GRPC: '127.0.0.1:' + grpcPort,
      $FOLDER: folder,
    };
    for (const environment of ${JSON.stringify(EXPORTER_ENVIRONMENTS)}) {
      const defaults = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp' };
      for (const [name, value] of Object.entries({ ...defaults, ...environment })) {
        process.env[name] = value.replace(/\\$[A-Z]+/, (place) => places[place]);
      }
      const nodeSdk = await observe(starts.nodeSdk);
      const ours = await observe(starts.ours);
      console.log(JSON.stringify({ environment, nodeSdk, ours }));
      for (const name of Object.keys(environment)) delete process.env[name];
    }
    grpcReceiver.forceShutdown();
    for (const server of [plain, encrypted]) {
      server.close();
      server.closeAllConnections();
    }
  }
  void main();`;

/** What the requests of each environment contain, if no variable changes it. */
const CONTENTS = [
  ...Array(3).fill('"aggregationTemporality":2'),
  ...['a', 'b', 'c', 'calls', 'duration', 'open'].map((name) => `"name":"${name}"`),
  ...['a', 'b', 'c'].map((text) => `"stringValue":"${text}"`),
];

interface Received {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}
interface Observed {
  readonly received: readonly Received[];
  readonly timeouts: readonly string[];
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pg-otel-certificate-'));
  const { certificate, key } = await selfSignedCertificate();
  await writeFile(path.join(folder, 'certificate.pem'), certificate);
  await writeFile(path.join(folder, 'key.pem'), key);
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(titled(onePerMajorVersion()))('on %s', (_, { installation, node }) => {
  it('exports arrive as those of NodeSDK, with each variable of the exporters', async () => {
    const source = COMPARED(folder);
    const { stdout, stderr } = await runFixture({ installation, node, type: 'commonjs', source });
    expect(stderr).toBe('');
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<'nodeSdk' | 'ours', Observed> & { environment: unknown });
    expect(results.map(({ environment }) => environment)).toEqual(EXPORTER_ENVIRONMENTS);
    for (const { environment, nodeSdk, ours } of results) {
      expect({ environment, ...comparable(ours) }).toEqual({ environment, ...comparable(nodeSdk) });
    }
    const plain = results[0]?.nodeSdk.received.flatMap(({ body, ...rest }) => contentsOf(rest, body));
    expect(plain?.sort()).toEqual(CONTENTS);
    // Otherwise little was compared.
    const distinct = new Set(results.map(({ nodeSdk }) => JSON.stringify(comparable(nodeSdk))));
    expect(distinct.size).toBeGreaterThan(20);
  });
});

/** What was received, with what the bodies contain instead of their bytes: times and ids in them differ. */
function comparable({ received, timeouts }: Observed): object {
  const requests = received.map(({ body, ...rest }) => ({ ...rest, contents: contentsOf(rest, body) }));
  return { timeouts, received: requests.map((one) => JSON.stringify(one)).sort() };
}

/** Names of spans, texts of log records, names and temporalities of metrics. */
function contentsOf({ url, headers }: Omit<Received, 'body'>, body: string): string[] {
  const bytes = Buffer.from(body, 'base64');
  const isProtobuf = headers['content-type'] !== 'application/json';
  const signal = (['metrics', 'logs'] as const).find((name) => url.includes(name)) ?? 'traces';
  const text = isProtobuf ? JSON.stringify(decodeProtobuf(signal, bytes)) : bytes.toString();
  return text.match(/"(name|stringValue)":"([abc]|calls|open|duration)"|"aggregationTemporality":\d/g) ?? [];
}
