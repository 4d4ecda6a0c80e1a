import { once } from 'node:events';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type OtlpCapture,
  pollUntil,
  type ServerProcess,
  startCollector,
  startOtlpCapture,
  validateCollector,
} from '@pg-otel/testkit';
import { describeWith, using } from '../stage';
import { crashAndRestart } from './crash';

describeWith('collector')('the collector', () => {
  let sink: OtlpCapture;
  beforeEach(async () => {
    sink = await using(startOtlpCapture());
  });

  const config = `
extensions:
  health_check: {endpoint: "\${env:HEALTH_ENDPOINT}"}
  file_storage/queue: {directory: "\${env:STATE_FOLDER}", create_directory: true}
receivers:
  otlp: {protocols: {http: {endpoint: "\${env:OTLP_ENDPOINT}"}}}
exporters:
  otlp_http/sink:
    endpoint: "\${env:SINK_URL}"
    encoding: json
    compression: none
    sending_queue: {storage: file_storage/queue}
    retry_on_failure: {initial_interval: 200ms, max_interval: 200ms}
service:
  extensions: [health_check, file_storage/queue]
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [otlp], exporters: [otlp_http/sink]}
`;
  const start = (sinkUrl: string) =>
    using(
      startCollector({
        configs: [{ text: config }],
        ports: ['otlp', 'health'],
        env: ({ ports, folder }) => ({
          OTLP_ENDPOINT: `127.0.0.1:${ports.otlp}`,
          HEALTH_ENDPOINT: `127.0.0.1:${ports.health}`,
          STATE_FOLDER: `${folder}/state`,
          SINK_URL: sinkUrl,
        }),
      }),
    );
  const send = async (collector: ServerProcess<'otlp' | 'health'>, eventName: string) => {
    const response = await collector.fetch(`http://127.0.0.1:${collector.ports.otlp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [{ eventName }] }] }] }),
    });
    expect(response.status).toBe(200);
  };
  const arrived = (eventName: string) => (capture: OtlpCapture) =>
    capture.logs().find((log) => log.eventName === eventName);

  it('writes a log record on, before and after a crash', async () => {
    const collector = await start(sink.url);
    const health = await collector.fetch(`http://127.0.0.1:${collector.ports.health}`);
    expect(health.status).toBe(200);
    await send(collector, 'before');
    await sink.waitFor(arrived('before'));
    await crashAndRestart(collector);
    await send(collector, 'after');
    await sink.waitFor(arrived('after'));
  });

  it('delivers after a crash what it could not before, from the queue in its folder', async () => {
    const isUp = { value: false };
    const bodies: string[] = [];
    const unreliable = http.createServer(async (request, response) => {
      const body = await text(request);
      if (isUp.value) bodies.push(body);
      response.writeHead(isUp.value ? 200 : 503).end();
    });
    await once(unreliable.listen(0, '127.0.0.1'), 'listening');
    try {
      const collector = await start(`http://127.0.0.1:${(unreliable.address() as AddressInfo).port}`);
      await send(collector, 'kept');
      await pollUntil(async () => collector.log().includes('503'));
      await collector.kill();
      isUp.value = true;
      await collector.restart();
      await pollUntil(async () => bodies.length > 0);
      expect(bodies).toEqual([expect.stringContaining('"eventName":"kept"')]);
    } finally {
      unreliable.closeAllConnections();
      unreliable.close();
    }
  });

  it('reports a component that does not exist, by validate and when started', async () => {
    const wrong = { text: config.replaceAll('otlp_http/sink', 'otlp_carrier_pigeon/sink') };
    const { code, output } = validateCollector([wrong]);
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('otlp_carrier_pigeon') });
    await expect(startCollector({ configs: [wrong] })).rejects.toThrow(
      /^collector did not start \(exit code 1\):.*otlp_carrier_pigeon/s,
    );
  });

  it('finds nothing wrong with a configuration that is right', () => {
    const endpoint = '127.0.0.1:4318';
    const env = {
      OTLP_ENDPOINT: endpoint,
      HEALTH_ENDPOINT: endpoint,
      STATE_FOLDER: '/tmp',
      SINK_URL: sink.url,
    };
    expect(validateCollector([{ text: config }], env)).toEqual({ code: 0, output: '' });
  });

  it('merges several configurations', async () => {
    const more = {
      text: 'service: {extensions: [health_check]}\nexporters: {otlp_http/sink: {sending_queue: {storage: }}}',
    };
    const collector = await using(
      startCollector({
        configs: [{ text: config }, more],
        ports: ['otlp', 'health'],
        env: ({ ports }) => ({
          OTLP_ENDPOINT: `127.0.0.1:${ports.otlp}`,
          HEALTH_ENDPOINT: `127.0.0.1:${ports.health}`,
          STATE_FOLDER: '/nowhere/that/can/be/created',
          SINK_URL: sink.url,
        }),
      }),
    );
    await send(collector, 'merged');
    await sink.waitFor(arrived('merged'));
  });
});
