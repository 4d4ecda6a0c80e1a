import { deflateSync, gzipSync } from 'node:zlib';
import { type AlertmanagerStandIn, fuzz, startAlertmanagerStandIn } from '@pg-otel/testkit';
import fc from 'fast-check';
import { type Bridge, startBridge } from '../src/bridge';
import { attributes, breach, encoded, logs, metrics, post, type Sent } from './otlp-requests';

let alertmanager: AlertmanagerStandIn;
let bridge: Bridge;
const lines: string[] = [];

beforeAll(async () => {
  alertmanager = await startAlertmanagerStandIn();
  bridge = await startBridge({ alertmanagers: [alertmanager.url], log: (line) => lines.push(line) });
});
afterAll(async () => {
  await bridge.stop();
  await alertmanager.stop();
});

const valid: readonly Sent[] = [
  encoded(
    'logs',
    logs(breach('A', { pool: 'p' }, { timeUnixNano: '1', traceId: 'ab'.repeat(16), flags: 1 })),
  ),
  encoded('metrics', metrics({ name: 'g', gauge: { dataPoints: [{ ...breach('B'), asDouble: 1 }] } })),
];
const path = fc.constantFrom('/v1/logs', '/v1/metrics');
const contentType = fc.constant('application/json');

/** A good request with some of its bytes changed, or cut short. */
const damaged = fc
  .tuple(fc.constantFrom(...valid), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
  .map(([sent, changes, end]) => {
    const body = Buffer.from(sent.body);
    for (const [at, byte] of changes) body[at % body.length] = byte;
    return { ...sent, body: end % 3 === 0 ? body.subarray(0, end % body.length) : body };
  });
const bytes = fc.record({
  path,
  contentType,
  body: fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all)),
});
const anyJson = fc.record({
  path,
  contentType: fc.constant('application/json'),
  body: fc.json().map((text) => Buffer.from(text)),
});
/** Of the right shape, with anything as value. */
const anyValue = fc
  .tuple(
    fc.string({ unit: 'binary' }),
    fc.anything({ withNullPrototype: false }).filter((value) => JSON.stringify(value) !== undefined),
    fc.option(fc.string({ unit: 'binary' })),
  )
  .map(([name, value, id]): Sent => {
    const marks = attributes({ 'pg_otel.alert.rule': 'A', [`pg_otel.alert.label.${name}`]: name });
    const record = {
      attributes: [...marks, { key: 'k', value }],
      flags: 1,
      ...(id !== null && { traceId: id }),
    };
    return {
      path: '/v1/logs',
      contentType: 'application/json',
      body: Buffer.from(
        JSON.stringify(logs(record), (_, part) => (typeof part === 'bigint' ? String(part) : part)),
      ),
    };
  });

/** How a body is packed, what is said of that, and how much of it is sent. */
const packing = fc.record({
  pack: fc.constantFrom((body: Buffer) => body, gzipSync, deflateSync),
  coding: fc.constantFrom('identity', 'gzip', 'deflate', 'zlib', 'br', '__proto__', 'gzip, gzip'),
  missing: fc.oneof(fc.constant(0), fc.nat(20)),
});
const matching = fc.constantFrom(
  { pack: (body: Buffer) => body, coding: 'identity', missing: 0 },
  { pack: gzipSync, coding: 'gzip', missing: 0 },
);
const anyType = fc.constantFrom(
  ...['application/json', 'application/x-protobuf', 'APPLICATION/json ; charset=x', 'text/plain', '/', ';'],
);
const hostile = fc.tuple(
  fc.oneof(damaged, bytes, anyJson, anyValue),
  fc.oneof(matching, packing),
  fc.option(anyType, { nil: undefined, freq: 4 }),
);

it('any request is accepted or refused permanently: none is an internal error, and none breaks the bridge', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async ([sent, { pack, coding, missing }, type]) => {
      const packed = pack(sent.body);
      const body = packed.subarray(0, Math.max(0, packed.length - missing));
      const contentType = type ?? sent.contentType;
      const { status } = await post(
        bridge.url,
        { ...sent, contentType, body },
        { 'content-encoding': coding },
      );
      expect([200, 400, 415]).toContain(status);
      if (/json/i.test(contentType) && ['identity', 'gzip', 'deflate', 'zlib'].includes(coding)) {
        expect(status).not.toBe(415);
      }
    }),
    fuzz(1500),
  );
  expect(lines.filter((line) => line.startsWith('unexpected'))).toEqual([]);
  expect((await post(bridge.url, valid[0] as Sent)).status).toBe(200);
});

it('nesting without end in what nobody reads harms nobody', async () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const body = Buffer.from(JSON.stringify(logs({ ...breach('A'), body: 'DEEP' })).replace('"DEEP"', deep));
  const { status } = await post(bridge.url, { path: '/v1/logs', contentType: 'application/json', body });
  expect(status).toBe(200);
});
