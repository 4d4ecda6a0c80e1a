import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, pollUntil } from '@pg-otel/testkit';
import { type Application, startApplication } from './harness/application';
import { asOperator, environment, send, statementsSeen } from './harness/example';
import { traceTree } from './harness/received';
import type { Setup } from './harness/setup';

const example: Setup = {
  application: 'examples/nextjs',
  guide: '../../examples/nextjs/README',
  prepare: ['Install', 'Build'],
  start: 'Start',
};

/** Starts it with the page of `PG_OTEL_INSIGHTS` as well, which is of the same process. */
async function start(setup: Setup): Promise<Application & { readonly onPort: string }> {
  const port = String(await freePort());
  const application = await startApplication(setup, { ...environment, PG_OTEL_INSIGHTS: port });
  return { ...application, onPort: `http://127.0.0.1:${port}/performance` };
}

/** Signs the guest book as a browser without JavaScript does. Next.js compares `Origin` with `Host`. */
async function sign(application: Application, name: string) {
  const { body } = await send(application, '/');
  const [action = ''] = /\$ACTION_ID_[0-9a-f]+/.exec(body) ?? [];
  const form = new FormData();
  form.set(action, '');
  form.set('name', name);
  return send(application, '/', { method: 'POST', body: form, headers: { origin: application.url } });
}

it('examples/nextjs has a server action in one trace, one insights for all bundles, and ends while the page is open', async () => {
  const application = await start(example);
  const signed = await sign(application, 'Ada');
  expect([signed.status, signed.body]).toEqual([200, expect.stringContaining('<li>Ada</li>')]);

  expect((await send(application, '/insights')).headers.get('www-authenticate')).toBe(
    'Basic realm="operators"',
  );
  expect((await send(application, '/insights/health')).status).toBe(200);
  const page = await send(application, '/insights', { headers: asOperator });
  expect(page.body).toContain('<title>Postgres insights</title>');
  const seen = { 'INSERT greetings': 1, 'SELECT greetings': 2 };
  expect(await statementsSeen(`${application.url}/insights/performance`)).toEqual(seen);
  expect(await statementsSeen(application.onPort)).toEqual(seen);

  const live = await fetch(`${application.url}/insights/live`, { headers: asOperator });
  const [{ code, signal, stderr }] = await Promise.all([application.stop(), live.text().catch(() => '')]);
  expect([code, signal, stderr]).toEqual([null, 'SIGTERM', '']);
  const request = traceTree(signed.traceId);
  expect(request.filter((line) => line.includes('CLIENT')).map((line) => line.trim())).toEqual([
    'CLIENT INSERT greetings',
    'CLIENT SELECT greetings',
  ]);
});

it('examples/nextjs keeps its insights, in development, when files change', async () => {
  const application = await start({ ...example, start: 'Start for development' });
  const files = ['app/page.tsx', 'lib/insights.ts', 'lib/db.ts', 'instrumentation.ts'].map((name) =>
    path.join(application.folder, name),
  );
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  try {
    expect((await send(application, '/')).body).toContain('Guest book</h1>');
    const before = await statementsSeen(`${application.url}/insights/performance`);
    expect(before).toEqual({ 'SELECT greetings': 1 });
    for (const [index, file] of files.entries())
      writeFileSync(file, `${texts[index]?.replace('Guest book<', 'Guest book, changed<')}\n// changed\n`);
    let requests = 1;
    await pollUntil(async () => {
      requests += 1;
      return (await send(application, '/')).body.includes('Guest book, changed</h1>');
    });
    const after = { 'SELECT greetings': requests };
    expect(await statementsSeen(`${application.url}/insights/performance`)).toEqual(after);
    expect(await statementsSeen(application.onPort)).toEqual(after);
  } finally {
    for (const [index, file] of files.entries()) writeFileSync(file, texts[index] as string);
  }
  const { stderr } = await application.stop();
  // No second server, and no second start.
  expect(stderr).not.toContain('PG_OTEL');
});
