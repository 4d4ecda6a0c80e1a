import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as https from 'node:https';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AlertmanagerStandIn, selfSignedCertificate, startAlertmanagerStandIn } from '@pg-otel/testkit';
import { type Bridge, type BridgeOptions, startBridge } from '../src/bridge';
import { breach, counted, encoded, logs, post, postLogs } from './otlp-requests';

let alertmanager: AlertmanagerStandIn;
const running = new Set<Bridge>();

beforeAll(async () => {
  alertmanager = await startAlertmanagerStandIn();
});
beforeEach(() => alertmanager.clear());
afterEach(async () => {
  alertmanager.fault = undefined;
  await Promise.all([...running].map((bridge) => bridge.stop()));
  running.clear();
});
afterAll(() => alertmanager.stop());

async function start(options: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const bridge = await startBridge({ alertmanagers: [alertmanager.url], stopTimeoutSeconds: 0, ...options });
  running.add(bridge);
  return bridge;
}

const json = encoded('logs', logs(breach('A')));

/** Seconds: a test that waited for this would not end. */
const LONGER_THAN_A_TEST = 600;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}

describe('with a token', () => {
  const withToken = (bridge: Bridge, authorization?: string) =>
    post(bridge.url, json, authorization === undefined ? {} : { authorization });

  it.each([undefined, 'Bearer wrong', 'Bearer', 'Basic right', 'Bearer right more', 'Bearer rightright'])(
    '%s is wrong, which may heal',
    async (authorization) => {
      const bridge = await start({ token: 'right' });
      const answer = await withToken(bridge, authorization);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.json()).toEqual({ code: 14, message: 'the bearer token is missing or wrong' });
      expect(alertmanager.requests).toEqual([]);
      // Anybody could page somebody.
      expect(await counted(bridge.url, 'undelivered_total{signal="logs"}')).toBe(0);
      expect(await counted(bridge.url, 'unauthorized_total{signal="logs"}')).toBe(1);
    },
  );

  it('a wrong one is logged, so that a forgotten setting is seen', async () => {
    const lines: string[] = [];
    const bridge = await start({ token: 'right', log: (line) => lines.push(line) });
    await withToken(bridge, 'Bearer wrong');
    await withToken(bridge);
    expect(lines).toEqual(['log records not accepted: the bearer token is missing or wrong']);
  });

  it('one that cannot be read is a fault of the bridge', async () => {
    const bridge = await start({ tokenFile: '/nowhere' });
    await withToken(bridge, 'Bearer right');
    expect(await counted(bridge.url, 'undelivered_total{signal="logs"}')).toBe(1);
  });

  it.each(['Bearer right', 'bearer  right '])('%s is right', async (authorization) => {
    expect((await withToken(await start({ token: 'right' }), authorization)).status).toBe(200);
  });

  describe('of a file', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'bridge-'));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it('may change while the bridge runs', async () => {
      const tokenFile = path.join(folder, 'token');
      const bridge = await start({ tokenFile });
      expect((await withToken(bridge, 'Bearer one')).json()).toEqual({
        code: 14,
        message: 'the bridge cannot read its token',
      });
      await writeFile(tokenFile, 'one\n');
      expect((await withToken(bridge, 'Bearer one')).status).toBe(200);
      await writeFile(tokenFile, 'two\n');
      expect((await withToken(bridge, 'Bearer one')).status).toBe(503);
      expect((await withToken(bridge, 'Bearer two')).status).toBe(200);
    });
  });
});

it('speaks TLS with a certificate', async () => {
  const { certificate, key } = await selfSignedCertificate();
  const bridge = await start({ tls: { cert: certificate, key } });
  expect(bridge.url).toMatch(/^https:/);
  const status = await new Promise((resolve, reject) => {
    const request = https.request(
      bridge.url + json.path,
      { method: 'POST', ca: certificate, headers: { 'content-type': json.contentType } },
      (response) => resolve(response.resume().statusCode),
    );
    request.once('error', reject).end(json.body);
  });
  expect(status).toBe(200);
});

it('fails with an invalid certificate or key', async () => {
  await expect(startBridge({ webhook: 'http://a', tls: { cert: 'x', key: 'y' } })).rejects.toThrow(/PEM/);
});

it('fails when its port is taken', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow(/EADDRINUSE/);
});

it('listens on loopback by default', async () => {
  const { host, url, port } = await start();
  expect([host, url]).toEqual(['127.0.0.1', `http://127.0.0.1:${port}`]);
  const open = await start({ host: '::1' });
  expect(open.url).toBe(`http://[::1]:${open.port}`);
  expect((await postLogs(open.url, breach('A'))).status).toBe(200);
});

describe('under load', () => {
  it('answers so many at once, and the others that they may come again', async () => {
    const bridge = await start({ maxRequests: 2 });
    alertmanager.fault = 'hang';
    const waiting = [postLogs(bridge.url, breach('A')), postLogs(bridge.url, breach('B'))];
    await until(() => alertmanager.requests.length === 2);
    expect(await counted(bridge.url, 'requests_in_flight')).toBe(2);
    const third = await postLogs(bridge.url, breach('C'));
    expect([third.status, third.json()]).toEqual([503, { code: 14, message: 'the bridge is busy' }]);
    await bridge.stop();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([503, 503]);
  });

  it('answers 503 to a body that does not come in time', async () => {
    const bridge = await start({ requestTimeoutSeconds: 0.2 });
    const socket = net.connect(bridge.port, '127.0.0.1');
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    );
    const [answer] = await new Promise<[Buffer]>((resolve) => socket.once('data', (data) => resolve([data])));
    expect(answer.toString()).toMatch(/^HTTP\/1.1 503 .*\r\nretry-after: 2\r\n/s);
    socket.destroy();
  });

  it('forgets senders that disconnect while they send', async () => {
    const bridge = await start();
    const socket = net.connect(bridge.port, '127.0.0.1');
    socket.write(
      'POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    );
    await until(async () => (await counted(bridge.url, 'requests_in_flight')) === 1);
    socket.destroy();
    await until(async () => (await counted(bridge.url, 'requests_in_flight')) === 0);
  });

  it('gives a request its time and no more, however many tries that takes', async () => {
    const bridge = await start({ requestTimeoutSeconds: 0.3, deliveryTimeoutSeconds: LONGER_THAN_A_TEST });
    alertmanager.fault = 'hang';
    expect((await postLogs(bridge.url, breach('A'))).status).toBe(503);
  });
});

describe('when it stops', () => {
  it('finishes what is in flight and takes nothing new', async () => {
    const bridge = await start({ stopTimeoutSeconds: 30 });
    alertmanager.delayMillis = 500;
    const waiting = postLogs(bridge.url, breach('A'));
    await until(() => alertmanager.requests.length === 1);
    const stopped = bridge.stop();
    await expect(fetch(`${bridge.url}/-/healthy`)).rejects.toThrow();
    const answer = await waiting;
    expect([answer.status, alertmanager.stored().length]).toEqual([200, 1]);
    await stopped;
  });

  it('reports on an open connection that it is not ready', async () => {
    const bridge = await start({ stopTimeoutSeconds: 30 });
    const socket = net.connect(bridge.port, '127.0.0.1');
    // Half a request: the connection is not idle, so it stays open.
    socket.write('GET /-/ready HTTP/1.1\r\nhost: x\r\n');
    await postLogs(bridge.url, breach('A'));
    const stopped = bridge.stop();
    socket.write('\r\n');
    const answer = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(answer.toString()).toMatch(/^HTTP\/1.1 503 .*\r\nconnection: close\r\n.*stopping\n/s);
    await stopped;
  });

  it('does not wait for ever', async () => {
    const bridge = await start({
      stopTimeoutSeconds: 0.1,
      requestTimeoutSeconds: LONGER_THAN_A_TEST,
      deliveryTimeoutSeconds: LONGER_THAN_A_TEST,
    });
    alertmanager.fault = 'hang';
    const waiting = postLogs(bridge.url, breach('A'));
    await until(() => alertmanager.requests.length === 1);
    await Promise.all([bridge.stop(), bridge.stop()]);
    expect((await waiting).status).toBe(503);
  });
});
