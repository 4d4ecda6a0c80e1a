import { type BridgeStandIn, type ReceivedBreach, startBridgeStandIn } from './collector/bridge-stand-in';
import { type LogEvent, logRequest } from './collector/otlp-json';
import { type ProfileCollector, send, startProfile } from './collector/profile';
import { crashAndRestart } from './servers/crash';
import { describeWith, using } from './stage';

const SERVICE = { 'service.name': 'shop' };
const slow = (limit: 1 | 5, summary: string): LogEvent => ({
  eventName: 'pg_otel.operation.slow',
  attributes: {
    'pg_otel.operation.kind': 'query',
    'pg_otel.operation.limit': limit,
    'db.query.summary': summary,
  },
});
const summaryOf = ({ attributes }: ReceivedBreach) => attributes['pg_otel.alert.label.db_query_summary'];
const severityOf = ({ attributes }: ReceivedBreach) => attributes['pg_otel.alert.label.severity'];

describeWith('collector')('while the bridge is away', () => {
  let bridge: BridgeStandIn;
  beforeEach(async () => {
    bridge = await using(startBridgeStandIn());
  });
  const start = (further?: string): Promise<ProfileCollector> =>
    using(
      startProfile({
        profile: 'single',
        ...(further === undefined ? {} : { further }),
        env: { PG_OTEL_BRIDGE_ENDPOINT: bridge.url },
      }),
    );

  it('alerts wait on disk, where a crash of the collector does not reach them', async () => {
    const collector = await start();
    await bridge.down();
    const summaries = Array.from({ length: 40 }, (_, index) => `SELECT ${index}`);
    for (const [index, summary] of summaries.entries()) {
      const answer = await send(
        collector,
        'logs',
        logRequest(SERVICE, [slow(index % 2 === 0 ? 1 : 5, summary)]),
      );
      expect(answer).toBe(200);
    }
    await crashAndRestart(collector);
    await bridge.up();
    await bridge.waitFor(summaries.length, 30_000);
    expect([...new Set(bridge.received.map(summaryOf))].sort()).toEqual([...summaries].sort());
  });

  it('a request that it answers with 503 is sent again until it accepts it', async () => {
    let refused = 0;
    bridge.refuse = () => refused++ < 5;
    const collector = await start();
    await send(collector, 'logs', logRequest(SERVICE, [slow(5, 'SELECT')]));
    await bridge.waitFor(1, 30_000);
    expect({ refused: refused > 5, received: bridge.received.map(summaryOf) }).toEqual({
      refused: true,
      received: ['SELECT'],
    });
  });

  it('warnings that fill their queue do not hold what is critical', async () => {
    const collector = await start('exporters: {otlp_http/warning: {sending_queue: {queue_size: 20}}}');
    bridge.refuse = (received) => received.some((each) => severityOf(each) === 'warning');
    let answer = 200;
    for (let sent = 0; answer === 200 && sent < 200; sent++) {
      answer = await send(collector, 'logs', logRequest(SERVICE, [slow(1, `SELECT ${sent}`)]));
    }
    expect(answer).toBe(503);
    await send(collector, 'logs', logRequest(SERVICE, [slow(1, 'one more'), slow(5, 'critical')]));
    expect((await bridge.waitFor(1)).map(severityOf)).toEqual(['critical']);
  });
});
