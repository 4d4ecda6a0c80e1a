import { startWebhookReceiver, type WebhookReceiver } from './webhook-receiver';

let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await startWebhookReceiver();
});
afterEach(() => receiver.stop());

const post = (path: string, body: string) => fetch(`${receiver.url}${path}`, { method: 'POST', body });
const alert = (alertname: string) =>
  JSON.stringify({ status: 'firing', alerts: [{ labels: { alertname } }] });

it('keeps time, path and body of each notification', async () => {
  const before = Date.now();
  expect((await post('/critical', alert('A'))).status).toBe(200);
  expect(receiver.notifications).toEqual([
    { receivedAt: expect.any(Number), path: '/critical', body: JSON.parse(alert('A')) },
  ]);
  expect(receiver.notifications[0]?.receivedAt).toBeGreaterThanOrEqual(before);
  expect(receiver.notifications[0]?.receivedAt).toBeLessThanOrEqual(Date.now());
});

it('finds what was there before, and what comes later', async () => {
  await post('/warning', alert('A'));
  expect((await receiver.waitFor(({ path }) => path === '/warning')).path).toBe('/warning');
  const later = receiver.waitFor(({ path }) => path === '/critical');
  await post('/warning', alert('B'));
  await post('/critical', alert('C'));
  expect((await later).body.alerts[0]?.labels).toEqual({ alertname: 'C' });
});

it('waits no longer than asked, and lists what it received', async () => {
  await expect(receiver.waitFor(() => true, 20)).rejects.toThrow(
    'Not notified within 20 ms. Notified: nothing',
  );
  await post('/warning', alert('A'));
  await expect(receiver.waitFor(({ path }) => path === '/critical', 20)).rejects.toThrow(
    'Notified: /warning firing A',
  );
});

it('rejects the wait at once when its predicate throws', async () => {
  const waiting = receiver.waitFor(() => {
    throw new Error('wrong predicate');
  });
  const rejected = expect(waiting).rejects.toThrow('wrong predicate');
  expect((await post('/warning', alert('A'))).status).toBe(200);
  await rejected;
});

it('refuses what is no JSON, and keeps nothing of it', async () => {
  expect((await post('/warning', 'not JSON')).status).toBe(400);
  expect(receiver.notifications).toEqual([]);
});

it('forgets', async () => {
  await post('/warning', alert('A'));
  receiver.clear();
  expect(receiver.notifications).toEqual([]);
});
