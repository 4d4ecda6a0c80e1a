import { once } from 'node:events';
import * as net from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  type AlertmanagerStandIn,
  pollUntil,
  startAlertBridge,
  startAlertmanagerStandIn,
} from '@pg-otel/testkit';
import { type Bridge, type BridgeOptions, startBridge } from '../src/bridge';
import { breach, counted, encoded, logs, post, postLogs, type Sent } from './otlp-requests';

const MIB = 1024 * 1024;

let alertmanager: AlertmanagerStandIn;
const running = new Set<{ stop(): Promise<void> }>();
const sockets = new Set<net.Socket>();
const lines: string[] = [];

beforeAll(async () => {
  alertmanager = await startAlertmanagerStandIn();
});
beforeEach(() => {
  alertmanager.clear();
  lines.length = 0;
});
afterEach(async () => {
  alertmanager.fault = undefined;
  for (const socket of sockets) socket.destroy();
  await Promise.all([...running].map((bridge) => bridge.stop()));
  running.clear();
});
afterAll(() => alertmanager.stop());

async function start(options: Partial<BridgeOptions> = {}): Promise<Bridge> {
  const bridge = await startBridge({
    alertmanagers: [alertmanager.url],
    stopTimeoutSeconds: 0,
    log: (line) => lines.push(line),
    ...options,
  });
  running.add(bridge);
  return bridge;
}

/** Sends so many bytes of a body that never ends. */
function slowSender(bridge: Bridge, bytes: number): net.Socket {
  const socket = net.connect(bridge.port, '127.0.0.1').on('error', () => undefined);
  sockets.add(socket);
  socket.write(
    `POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${bytes + 1}\r\n\r\n`,
  );
  socket.write(' '.repeat(bytes));
  return socket;
}

/** As above, and its request is in flight. */
async function sendSlowly(bridge: Bridge, bytes: number): Promise<void> {
  const before = await counted(bridge.url, 'requests_in_flight');
  slowSender(bridge, bytes);
  await pollUntil(async () => (await counted(bridge.url, 'requests_in_flight')) === before + 1, 60_000);
}

/** Of a body of at most 2 MiB. */
const TOO_MANY = 'the body must have at most 209715 of the characters { [ : ,';
const packed = (sent: Sent) => ({ ...sent, body: gzipSync(sent.body) });
const GZIP = { 'content-encoding': 'gzip' };
/** 2 MiB of `element`, or of the elements that a function makes, within `logRecords`. */
function filledWith(element: string | ((index: number) => string)): Sent {
  const [head, tail] = JSON.stringify(logs()).split('[]') as [string, string];
  const elements: string[] = [];
  let room = 2 * MIB - head.length - tail.length - 2;
  for (;;) {
    const next = typeof element === 'string' ? element : element(elements.length);
    room -= next.length + 1;
    if (room < 0) break;
    elements.push(next);
  }
  return {
    path: '/v1/logs',
    contentType: 'application/json',
    body: Buffer.from(`${head}[${elements.join(',')}]${tail}`),
  };
}
const many = (alerts: number) => Array.from({ length: alerts }, (_, index) => breach('A', { i: `${index}` }));

describe('four kilobytes', () => {
  it('of gzip that hold 2,097,145 empty records in Protobuf are refused unread', async () => {
    const bridge = await start();
    // ResourceLogs 1 { ScopeLogs 2 { LogRecord 2 {} … } }, lengths as varints.
    const records = Buffer.alloc(2 * 2_097_145, Buffer.from([0x12, 0x00]));
    const varint = (value: number): number[] =>
      value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
    const scope = Buffer.concat([Buffer.from([0x12, ...varint(records.length)]), records]);
    const body = gzipSync(Buffer.concat([Buffer.from([0x0a, ...varint(scope.length)]), scope]));
    expect(body.length).toBeLessThan(4_200);
    const sent = { path: '/v1/logs', contentType: 'application/x-protobuf', body };
    expect((await post(bridge.url, sent, GZIP)).status).toBe(415);
    expect((await post(bridge.url, { ...sent, contentType: 'application/json' }, GZIP)).status).toBe(413);
  });

  it.each(['{}', '[]', '{"attributes":[]}', '0', '""'])(
    'of gzip that hold 2 MiB of %s are refused',
    async (element) => {
      const bridge = await start();
      const sent = packed(filledWith(element));
      expect(sent.body.length).toBeLessThan(15_000);
      const answer = await post(bridge.url, sent, GZIP);
      expect([answer.status, answer.json()]).toEqual([413, { code: 3, message: TOO_MANY }]);
    },
  );

  it('of gzip that hold 200,000 nulls are refused', async () => {
    const nulls = { resourceLogs: [{ scopeLogs: [{ logRecords: Array(200_000).fill(null) }] }] };
    const answer = await post((await start()).url, packed(encoded('logs', nulls)), GZIP);
    expect(answer.json()).toEqual({ code: 3, message: 'there must be at most 10000 log records' });
  });
});

describe('a body that takes long to parse in one step is refused:', () => {
  const name = (index: number) => index.toString(36);
  it.each([
    ['objects of distinct shapes', (index: number) => `{"${name(index)}":1,"${name(index)}y":2}`],
    ['distinct texts', (index: number) => `"${name(index)}"`],
    ['lists in objects', (index: number) => `{"${name(index)}":[1]}`],
  ])('%s', async (_, element) => {
    const answer = await post((await start()).url, filledWith(element));
    expect([answer.status, answer.json()]).toEqual([413, { code: 3, message: TOO_MANY }]);
  });

  it('an object of distinct names', async () => {
    const fields = Array.from({ length: 105_000 }, (_, index) => `"${name(index)}":1`).join(',');
    const sent = { ...encoded('logs', {}), body: Buffer.from(`{${fields}}`) };
    expect((await post((await start()).url, sent)).json()).toEqual({ code: 3, message: TOO_MANY });
  });
});

it('twice the log records that an SDK sends at once, with short values, are taken', async () => {
  const bridge = await start();
  const labels = Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`label_${index}`, 'x']));
  const records = Array.from({ length: 1024 }, (_, index) => breach('A', { ...labels, index: `${index}` }));
  expect((await postLogs(bridge.url, ...records)).status).toBe(200);
  expect(alertmanager.stored()).toHaveLength(1024);
});

describe('attributes of a record', () => {
  const withAttributes = (attributes: string): Sent => ({
    path: '/v1/logs',
    contentType: 'application/json',
    body: Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":${attributes}}]}]}]}`),
  });
  const REFUSED = 'the body is not OTLP/JSON: attributes';

  it.each(['0', '""', 'null', 'true'])('of 200,000 times %s are refused at once', async (element) => {
    const bridge = await startAlertBridge({ alertmanager: alertmanager.url, heapMegabytes: 256 });
    running.add(bridge);
    const url = `http://127.0.0.1:${bridge.ports.otlp}`;
    const attack = packed(withAttributes(`[${Array(200_000).fill(element).join(',')}]`));
    const answers = await Promise.all([1, 2, 3].map(() => post(url, attack, GZIP)));
    for (const answer of answers) {
      expect(answer.json()).toEqual({ code: 3, message: `${REFUSED} has more than 1000 elements` });
    }
    expect((await postLogs(url, breach('B'))).status).toBe(200);
  });

  it('are read up to the first mistake', async () => {
    const answer = await post((await start()).url, withAttributes('[{"key":"a"},0,0]'));
    expect(answer.json()).toMatchObject({ code: 3, message: expect.stringContaining(`${REFUSED} 1 `) });
  });

  it('may have a value of any number of fields', async () => {
    const fields = Array.from({ length: 90_000 }, (_, index) => `"f${index}":0`).join(',');
    const answer = await post((await start()).url, withAttributes(`[{"key":"a","value":{${fields}}}]`));
    expect(answer.status).toBe(200);
  });
});

describe('with a heap of 256 MB', () => {
  it('sixteen attacks at once leave a bridge that answers', async () => {
    const bridge = await startAlertBridge({ alertmanager: alertmanager.url, heapMegabytes: 256 });
    running.add(bridge);
    const url = `http://127.0.0.1:${bridge.ports.otlp}`;
    const attacks = ['{}', 'null', JSON.stringify(breach('A'))].map((element) => packed(filledWith(element)));
    const all = Array.from({ length: 16 }, (_, index) => {
      const attack = attacks[index % attacks.length] as Sent;
      return post(url, attack, GZIP);
    });
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    for (const { status } of await Promise.all(all)) expect([413, 503]).toContain(status);
    expect((await postLogs(url, breach('B'))).status).toBe(200);
  });

  it('sixteen requests full of alerts, before a silent Alertmanager, leave a bridge that answers', async () => {
    const bridge = await startAlertBridge({ alertmanager: alertmanager.url, heapMegabytes: 256 });
    running.add(bridge);
    const url = `http://127.0.0.1:${bridge.ports.otlp}`;
    alertmanager.fault = 'hang';
    const requestOf = (alerts: number) =>
      packed(encoded('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: many(alerts) }] }] }));
    const tooMany = requestOf(131_000);
    const most = requestOf(9_998);
    const all = Array.from({ length: 32 }, async (_, index) => {
      const { status } = await post(url, index < 16 ? tooMany : most, GZIP);
      return status;
    });
    await pollUntil(async () => alertmanager.requests.length > 0, 60_000);
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200);
    // What finds no place is 503, too.
    for (const status of await Promise.all(all)) expect([413, 503]).toContain(status);
    alertmanager.fault = undefined;
    expect((await postLogs(url, breach('B'))).status).toBe(200);
  });
});

describe('slow senders', () => {
  it('take no place from the others', async () => {
    const bridge = await start({ maxRequests: 1 });
    for (let sender = 0; sender < 20; sender++) await sendSlowly(bridge, 10);
    expect((await postLogs(bridge.url, breach('A'))).status).toBe(200);
  });

  it('give way to quick ones when the budget is used up, and page nobody', async () => {
    const bridge = await start({ maxBodyBytes: 4096 });
    const incomplete = () => counted(bridge.url, 'incomplete_total{signal="logs"}');
    const senders = Array.from({ length: 32 }, () => slowSender(bridge, 4095));
    // Sixteen fit.
    await pollUntil(async () => (await incomplete()) >= 16, 60_000);
    for (let request = 0; request < 50; request++) {
      expect((await postLogs(bridge.url, breach('A'))).status).toBe(200);
    }
    const [answer] = await Promise.race(senders.map((socket) => once(socket, 'data')));
    expect(String(answer)).toMatch(/^HTTP\/1.1 503 /);
    for (const socket of sockets) socket.destroy();
    await pollUntil(async () => (await counted(bridge.url, 'requests_in_flight')) === 0, 60_000);
    expect(await incomplete()).toBe(32);
    expect(await counted(bridge.url, 'undelivered_total{signal="logs"}')).toBe(0);
    expect(lines).toContain(
      'log records not accepted: the request arrived too slowly while the bridge was busy',
    );
  });

  it('of a packed body hold what was unpacked', async () => {
    const bridge = await start({ maxBodyBytes: 4096 });
    const empty = { ...encoded('logs', logs()), body: gzipSync(Buffer.alloc(4096, ' ')) };
    // Each gives back what it held, or the 17th would find none.
    for (let request = 0; request < 20; request++) {
      expect((await post(bridge.url, empty, GZIP)).json()).toEqual({
        code: 3,
        message: 'the body is not JSON',
      });
    }
  });
});

it('a destination that refuses everything is asked in bounds, and what is lost is named', async () => {
  const bridge = await start();
  alertmanager.fault = 400;
  const answer = await postLogs(bridge.url, ...many(9_000));
  expect(answer.json()).toEqual({
    partialSuccess: {
      rejectedLogRecords: '9000',
      errorMessage: expect.stringMatching(/^9000: .* answers 400: /),
    },
  });
  // 36 batches, and the halves of the first.
  expect(alertmanager.requests).toHaveLength(36 + 100);
  expect(await counted(bridge.url, 'rejected_total{signal="logs",reason="refused"}')).toBe(9_000);
  expect(lines).toEqual([
    expect.stringMatching(/^log records rejected permanently \(A\): Alertmanager .* answers 400: /),
  ]);
});

it('one bad alert of a full batch is found, and the others are stored', async () => {
  const bridge = await start();
  alertmanager.refused = ['Bad'];
  const answer = await postLogs(bridge.url, ...many(200), breach('Bad'), ...many(255).slice(200));
  expect(answer.json()).toMatchObject({ partialSuccess: { rejectedLogRecords: '1' } });
  expect(alertmanager.stored()).toHaveLength(255);
  expect(lines).toEqual([expect.stringMatching(/^log records rejected permanently \(Bad\): /)]);
});

it('a name in the log holds no control character', async () => {
  const bridge = await start();
  alertmanager.fault = 400;
  await postLogs(bridge.url, breach('\u001b[2J\u009bx\nforged'));
  expect(lines).toEqual([expect.stringContaining('(??2J?x?forged)')]);
});
