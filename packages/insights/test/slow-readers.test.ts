import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { pollUntil } from '@pg-otel/testkit';
import { createInsights, createInsightsHandler, type Insights, type InsightsHandler } from '../src';

/** More than the buffers of a connection hold. */
const LARGE = 'x'.repeat(12_000_000);

let insights: Insights;
let handler: InsightsHandler;
beforeEach(() => {
  insights = createInsights();
  const data = insights.getAllPerformanceData();
  jest.spyOn(insights, 'getAllPerformanceData').mockReturnValue({ ...data, LARGE } as never);
  handler = createInsightsHandler({ insights, authorize: () => true });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  insights.stop();
});

const readers: [
  string,
  () => Promise<{ stalled: { once(event: 'close', listener: () => void): unknown }; end(): void }>,
][] = [
  [
    'HTTP/1.1',
    async () => {
      const server = http.createServer(handler).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
      client.on('error', () => {}).write('GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const [, stalled] = await once(server, 'request');
      return {
        stalled,
        end() {
          client.destroy();
          server.close();
        },
      };
    },
  ],
  [
    'HTTP/2',
    async () => {
      // It accepts the requests and responses of the compatibility API, as frameworks pass them on.
      const server = http2.createServer(handler as never).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      client.request({ ':path': '/live' }).on('error', () => {});
      const [stalled] = await once(server, 'stream');
      return {
        stalled,
        end() {
          client.destroy();
          server.close();
        },
      };
    },
  ],
];

it.each(readers)('a reader over %s that does not read is disconnected', async (_, connect) => {
  // Of the timers, only that of the updates: the others are those of the connection.
  jest.useFakeTimers({
    doNotFake: [
      'nextTick',
      'setImmediate',
      'setTimeout',
      'performance',
      'Date',
      'hrtime',
      'queueMicrotask',
      'clearTimeout',
      'clearImmediate',
    ],
  });
  const { stalled, end } = await connect();
  let isClosed = false;
  stalled.once('close', () => {
    isClosed = true;
  });
  await pollUntil(async () => jest.mocked(insights.getAllPerformanceData).mock.calls.length > 0);
  for (let update = 0; update < 10; update += 1) {
    await setImmediate();
    jest.advanceTimersByTime(1000);
  }
  await pollUntil(async () => isClosed);
  end();
});
