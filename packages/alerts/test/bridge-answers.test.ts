import { deflateSync, gzipSync } from 'node:zlib';
import { type AlertmanagerStandIn, startAlertmanagerStandIn } from '@pg-otel/testkit';
import { type Bridge, startBridge } from '../src/bridge';
import { breach, counted, encoded, logs, post } from './otlp-requests';

const MOST = 4096;
let alertmanager: AlertmanagerStandIn;
let bridge: Bridge;

beforeAll(async () => {
  alertmanager = await startAlertmanagerStandIn();
  bridge = await startBridge({ alertmanagers: [alertmanager.url], maxBodyBytes: MOST });
});
beforeEach(() => alertmanager.clear());
afterAll(async () => {
  await bridge.stop();
  await alertmanager.stop();
});

const json = encoded('logs', logs(breach('A')));
const padded = (bytes: number) => Buffer.from(json.body.toString().padEnd(bytes));

describe('a body may be', () => {
  it.each([
    ['gzip', gzipSync(json.body)],
    ['deflate', deflateSync(json.body)],
    ['zlib', deflateSync(json.body)],
    ['identity', json.body],
    ['GZIP', gzipSync(json.body)],
    ['gzip', gzipSync(padded(MOST))],
    ['identity', padded(MOST)],
  ])('%s', async (coding, body) => {
    const answer = await post(bridge.url, { ...json, body }, { 'content-encoding': coding });
    expect([answer.status, alertmanager.stored().length]).toEqual([200, 1]);
  });

  it('JSON with a charset', async () => {
    const answer = await post(bridge.url, { ...json, contentType: 'Application/JSON; charset=utf-8' });
    expect(answer.status).toBe(200);
  });
});

describe('what is not taken', () => {
  const gzip = { 'content-encoding': 'gzip' };
  it.each([
    ['no JSON', { ...json, body: Buffer.from('{"secret') }, {}, 400, 3, /^the body is not JSON$/],
    [
      'JSON of another shape',
      { ...json, body: Buffer.from('{"resourceLogs":"secret"}') },
      {},
      400,
      3,
      /^the body is not OTLP\/JSON: resourceLogs Invalid input: expected array, /,
    ],
    [
      'a field of another type',
      encoded('logs', logs({ ...breach('A'), timeUnixNano: 'secret' })),
      {},
      400,
      3,
      /^the body is not OTLP\/JSON: timeUnixNano Invalid string: must match pattern /,
    ],
    ['not gzip', json, gzip, 400, 3, /^the body does not match its content-encoding$/],
    ['too large', { ...json, body: padded(MOST + 1) }, {}, 413, 3, /at most 4096 bytes/],
    [
      'too large when unpacked',
      { ...json, body: gzipSync(padded(MOST + 1)) },
      gzip,
      413,
      3,
      /at most 4096 bytes/,
    ],
    [
      'Protobuf, with the setting that makes it JSON',
      { ...json, contentType: 'application/x-protobuf' },
      {},
      415,
      3,
      /^content-type must be application\/json: set "encoding: json" .* OTEL_EXPORTER_OTLP_PROTOCOL=http\/json/,
    ],
    [
      'another coding',
      json,
      { 'content-encoding': 'br' },
      415,
      3,
      /^content-encoding must be one of identity, gzip, /,
    ],
  ])('is answered for good: %s', async (_, sent, headers, status, code, message) => {
    const undelivered = await counted(bridge.url, 'undelivered_total{signal="logs"}');
    const requests = await counted(bridge.url, `requests_total{signal="logs",code="${status}"}`);
    const answer = await post(bridge.url, sent, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBeNull();
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.json()).toEqual({ code, message: expect.stringMatching(message) });
    expect(answer.body.toString()).not.toContain('secret');
    expect(alertmanager.requests).toEqual([]);
    expect(await counted(bridge.url, 'undelivered_total{signal="logs"}')).toBe(undelivered + 1);
    expect(await counted(bridge.url, `requests_total{signal="logs",code="${status}"}`)).toBe(requests + 1);
  });

  it.each([
    ['POST', '/v1/traces', 404, null, 5],
    ['POST', '/critical/v1/logs', 404, null, 5],
    ['POST', '/v1/logs/', 404, null, 5],
    ['POST', '/constructor', 404, null, 5],
    ['GET', '/v1/logs', 405, 'POST', 12],
    ['OPTIONS', '/v1/metrics', 405, 'POST', 12],
    ['POST', '/metrics', 405, 'GET, HEAD', 12],
  ])('%s %s is answered %i', async (method, path, status, allow, code) => {
    const response = await fetch(bridge.url + path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
    expect(await response.json()).toEqual({ code, message: expect.any(String) });
  });
});

it('a query after the path changes nothing', async () => {
  expect((await post(bridge.url, { ...json, path: '/v1/logs?x=1' })).status).toBe(200);
});

it.each([
  ['/-/healthy', 'text/plain', /^healthy\n$/],
  ['/-/ready', 'text/plain', /^ready\n$/],
  ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', /^# HELP pg_otel_bridge_requests_total /],
])('%s is there, regardless of Alertmanager', async (path, contentType, body) => {
  alertmanager.fault = 'hang';
  const response = await fetch(bridge.url + path);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType]);
  expect(await response.text()).toMatch(body);
});
