import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import {
  createInsights,
  type Insights,
  type InsightsServer,
  type InsightsServerOptions,
  serveInsights,
} from '../src';

const REQUEST_STARTS = 'http.server.request.start';

let insights: Insights;
let server: InsightsServer;
let client: Socket;
beforeEach(() => {
  insights = createInsights();
});
afterEach(async () => {
  client.destroy();
  await server.close();
  insights.stop();
  jest.restoreAllMocks();
});

/** Requests all data, reads no answer, and returns the connection as the server has it. */
async function stall(options: Partial<InsightsServerOptions>): Promise<Socket> {
  server = await serveInsights({ port: 0, insights, ...options });
  const accepted = new Promise<Socket>((resolve) => {
    const started = (message: unknown): void => {
      unsubscribe(REQUEST_STARTS, started);
      resolve((message as { socket: Socket }).socket);
    };
    subscribe(REQUEST_STARTS, started);
  });
  client = net.connect(server.port, '127.0.0.1');
  client.on('error', () => {}).write('GET /all HTTP/1.1\r\nHost: localhost\r\n\r\n');
  return accepted;
}

it('a connection whose reader does not read ends', async () => {
  // More than the buffers of a connection hold.
  const LARGE = 'x'.repeat(12_000_000);
  jest
    .spyOn(insights, 'getAllPerformanceData')
    .mockReturnValue({ ...insights.getAllPerformanceData(), LARGE } as never);
  await once(await stall({}), 'close');
});

it('a connection ends whose request waits for an authorize that never decides', async () => {
  await once(await stall({ authorize: () => new Promise(() => {}) }), 'close');
});
