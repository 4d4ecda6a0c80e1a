import { createServer } from 'node:http';
import {
  type AlertmanagerFault,
  type AlertmanagerStandIn,
  freePort,
  startAlertmanagerStandIn,
} from '@pg-otel/testkit';
import { type Bridge, type BridgeOptions, startBridge } from '../src/bridge';
import { breach, counted, postLogs } from './otlp-requests';

let first: AlertmanagerStandIn;
let second: AlertmanagerStandIn;
let lines: string[];
const running = new Set<Bridge>();

beforeAll(async () => {
  first = await startAlertmanagerStandIn();
  second = await startAlertmanagerStandIn();
});
beforeEach(() => {
  first.clear();
  second.clear();
  lines = [];
});
afterEach(async () => {
  await Promise.all([...running].map((bridge) => bridge.stop()));
  running.clear();
});
afterAll(() => Promise.all([first.stop(), second.stop()]));

async function start(options: BridgeOptions): Promise<Bridge> {
  const bridge = await startBridge({
    stopTimeoutSeconds: 0,
    log: (line) => lines.push(line),
    ...options,
  });
  running.add(bridge);
  return bridge;
}

/** For an Alertmanager that does not answer at first: long enough for the answers that follow. */
const HANG = { deliveryTimeoutSeconds: 5 };

const names = (stored: AlertmanagerStandIn) => stored.stored().map(({ labels }) => labels['alertname']);
const refused = (count: string, message: RegExp) => ({
  partialSuccess: { rejectedLogRecords: count, errorMessage: expect.stringMatching(message) },
});

describe('when Alertmanager', () => {
  it.each<[AlertmanagerFault, RegExp]>([
    [500, /answers 500$/],
    [502, /answers 502$/],
    [503, /answers 503$/],
    [429, /answers 429$/],
    [401, /answers 401$/],
    [404, /answers 404$/],
    [302, /answers 302$/],
    ['hang', /cannot be reached: no answer in time$/],
    ['reset', /cannot be reached: UND_ERR_SOCKET$/],
  ])('does %s, the sender keeps its alerts and learns when to retry', async (fault, reason) => {
    const bridge = await start({ alertmanagers: [first.url], ...(fault === 'hang' ? HANG : {}) });
    first.fault = fault;
    const answer = await postLogs(bridge.url, breach('A'), {});
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(answer.json()).toEqual({ code: 14, message: expect.stringMatching(reason) });
    expect(await counted(bridge.url, 'undelivered_total{signal="logs"}')).toBe(1);
    // It comes again, and is counted then.
    expect(await counted(bridge.url, 'rejected_total{signal="logs",reason="no_rule"}')).toBe(0);
    expect(await counted(bridge.url, 'alerts_forwarded_total{signal="logs"}')).toBe(0);

    first.fault = undefined;
    expect((await postLogs(bridge.url, breach('A'))).status).toBe(200);
    expect(names(first)).toEqual(['A']);
    expect(lines).toEqual([
      expect.stringMatching(/^Alertmanager http:\/\/127.*; the sender keeps its alerts and retries$/),
      `Alertmanager ${first.url} accepts alerts again`,
    ]);
  });

  it('is not there, the same', async () => {
    const bridge = await start({ alertmanagers: [`http://127.0.0.1:${await freePort()}`] });
    const answer = await postLogs(bridge.url, breach('A'));
    expect(answer.status).toBe(503);
    expect(answer.json()).toEqual({ code: 14, message: expect.stringMatching(/ECONNREFUSED$/) });
  });

  it('finds one alert bad, that one is rejected with its reason and the others are stored', async () => {
    const bridge = await start({ alertmanagers: [first.url] });
    first.refused = ['B'];
    const answer = await postLogs(bridge.url, breach('A'), breach('B'), breach('B'), breach('C'));
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual(refused('2', /^2: Alertmanager .* answers 400: "refused by the test"$/));
    expect(names(first)).toEqual(['A', 'C']);
    expect(await counted(bridge.url, 'rejected_total{signal="logs",reason="refused"}')).toBe(2);
    expect(await counted(bridge.url, 'alerts_forwarded_total{signal="logs"}')).toBe(2);
    expect(await counted(bridge.url, 'undelivered_total{signal="logs"}')).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^log records rejected permanently \(B\): .*refused by the test/),
    ]);
  });

  it.each([400, 413, 422])('refuses everything with %i, everything is rejected', async (status) => {
    const bridge = await start({ alertmanagers: [first.url] });
    first.fault = status;
    const answer = await postLogs(bridge.url, breach('A'), breach('B'), breach('C'));
    expect([answer.status, answer.json()]).toEqual([
      200,
      refused('3', new RegExp(`^3: .* answers ${status}: `)),
    ]);
    expect(await counted(bridge.url, 'last_success_timestamp_seconds')).toBe(0);
  });

  it('does not answer, it is asked for the first batch only', async () => {
    const bridge = await start({ alertmanagers: [first.url] });
    first.fault = 503;
    const many = Array.from({ length: 600 }, (_, index) => breach('A', { pool: `p${index}` }));
    expect((await postLogs(bridge.url, ...many)).status).toBe(503);
    expect(first.requests).toHaveLength(1);
  });

  it('asks for user and password, it gets those of its URL, and nobody reads them', async () => {
    const url = first.url.replace('//', '//us%C3%A9r:p%40ss@');
    const bridge = await start({ alertmanagers: [url] });
    first.fault = 500;
    const answer = await postLogs(bridge.url, breach('A'));
    expect(first.requests[0]?.authorization).toBe(`Basic ${Buffer.from('usér:p@ss').toString('base64')}`);
    const written = [
      answer.body.toString(),
      ...lines,
      await (await fetch(`${bridge.url}/metrics`)).text(),
    ].join('\n');
    expect(written).toContain(first.url);
    expect(written).not.toMatch(/us(é|%C3)|p(@|%40)ss/);
  });
});

it('takes user and password as they are when they are not encoded', async () => {
  const bridge = await start({ alertmanagers: [first.url.replace('//', '//user:50%@')] });
  expect((await postLogs(bridge.url, breach('A'))).status).toBe(200);
  expect(first.requests[0]?.authorization).toBe(`Basic ${Buffer.from('user:50%').toString('base64')}`);
});

describe('of two Alertmanagers', () => {
  it('each gets each alert', async () => {
    const bridge = await start({ alertmanagers: [first.url, second.url] });
    expect((await postLogs(bridge.url, breach('A'))).status).toBe(200);
    expect([names(first), names(second)]).toEqual([['A'], ['A']]);
  });

  it.each<AlertmanagerFault>([500, 400, 'hang'])('one suffices when the other does %s', async (fault) => {
    const bridge = await start({ alertmanagers: [first.url, second.url], ...HANG });
    first.fault = fault;
    const answer = await postLogs(bridge.url, breach('A'));
    expect([answer.status, answer.json(), names(second)]).toEqual([200, {}, ['A']]);
  });

  it('none suffices', async () => {
    const bridge = await start({ alertmanagers: [first.url, second.url] });
    first.fault = 500;
    second.fault = 'reset';
    expect((await postLogs(bridge.url, breach('A'))).status).toBe(503);
  });
});

describe('a webhook', () => {
  it('gets the alerts that Alertmanager gets, at its own path', async () => {
    const bridge = await start({
      alertmanagers: [first.url],
      webhook: `${second.url}/hook/api/v2/alerts?key=secret`,
    });
    expect((await postLogs(bridge.url, breach('A', { pool: 'p' }))).status).toBe(200);
    expect(second.requests[0]?.path).toBe('/hook/api/v2/alerts?key=secret');
    expect(second.stored()).toEqual(first.stored());
  });

  it('may be alone', async () => {
    const bridge = await start({ webhook: `${second.url}/api/v2/alerts` });
    expect((await postLogs(bridge.url, breach('A'))).status).toBe(200);
    expect(names(second)).toEqual(['A']);
  });

  it.each([
    ['the webhook', () => second],
    ['Alertmanager', () => first],
  ])('and Alertmanager both have to accept: without %s it is 503', async (_, failing) => {
    const bridge = await start({ alertmanagers: [first.url], webhook: `${second.url}/api/v2/alerts` });
    failing().fault = 500;
    expect((await postLogs(bridge.url, breach('A'))).status).toBe(503);
  });

  it('is not quoted, and neither is its path', async () => {
    const bridge = await start({ webhook: `${second.url}/secret` });
    const answer = await postLogs(bridge.url, breach('A'));
    second.fault = 400;
    const rejected = await postLogs(bridge.url, breach('A'));
    expect([answer.status, rejected.status]).toEqual([503, 200]);
    expect(rejected.json()).toEqual(refused('1', /^1: webhook http:\/\/127\.0\.0\.1:\d+ answers 400$/));
    const written = [
      answer.body.toString(),
      ...lines,
      await (await fetch(`${bridge.url}/metrics`)).text(),
    ].join('\n');
    expect(written).not.toContain('secret');
  });
});

it('reads no endless answer', async () => {
  const endless = createServer((_, response) => {
    response.writeHead(400);
    const write = () => {
      while (response.write('line\n'.repeat(1000)));
      response.once('drain', write);
    };
    write();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => endless.once('listening', resolve));
  const { port } = endless.address() as { port: number };
  const bridge = await start({ alertmanagers: [`http://127.0.0.1:${port}`] });
  const answer = await postLogs(bridge.url, breach('A'));
  expect(answer.status).toBe(200);
  expect(answer.body.length).toBeLessThan(600);
  expect(answer.body.toString()).not.toContain('\\n');
  endless.closeAllConnections();
  endless.close();
});
