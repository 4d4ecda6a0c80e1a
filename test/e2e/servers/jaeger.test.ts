import { randomBytes } from 'node:crypto';
import { startJaeger } from '@pg-otel/testkit';
import { describeWith, using } from '../stage';
import { crashAndRestart } from './crash';

describeWith('jaeger')('Jaeger', () => {
  const newTraceId = () => randomBytes(16).toString('hex');
  async function send(url: string, traceId: string): Promise<void> {
    const span = {
      ...{ traceId, spanId: '0123456789abcdef', name: 'SELECT orders', kind: 3 },
      ...{ startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000001500000000' },
      attributes: [{ key: 'db.system.name', value: { stringValue: 'postgresql' } }],
      status: { code: 2, message: 'canceled' },
    };
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const response = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans: [span] }] }],
      }),
    });
    expect(response.status).toBe(200);
  }

  it('takes a span and returns it by its trace id, before and after a crash', async () => {
    const jaeger = await using(startJaeger());
    const traceId = newTraceId();
    expect(await jaeger.trace(traceId)).toEqual([]);
    await send(jaeger.url, traceId);
    expect(await jaeger.trace(traceId)).toMatchObject([
      {
        ...{
          traceId,
          spanId: '0123456789abcdef',
          parentSpanId: undefined,
          name: 'SELECT orders',
          kind: 'CLIENT',
        },
        ...{ start: 1_700_000_000_000_000_000n, end: 1_700_000_001_500_000_000n },
        attributes: { 'db.system.name': 'postgresql' },
        status: { code: 'ERROR', message: 'canceled' },
        resource: { 'service.name': 'shop' },
      },
    ]);

    await crashAndRestart(jaeger);
    expect(await jaeger.trace(traceId)).toEqual([]); // in memory
    const another = newTraceId();
    await send(jaeger.url, another);
    expect(await jaeger.trace(another)).toHaveLength(1);
  });

  it('stops at once, since it sends no spans about itself', async () => {
    const jaeger = await using(startJaeger());
    await jaeger.trace(newTraceId());
    const before = Date.now();
    await jaeger.stop();
    expect(Date.now() - before).toBeLessThan(5_000);
  });
});
