import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import type { AllPerformanceData } from '@pg-otel/insights';
import { freePort, pollUntil, repository } from '@pg-otel/testkit';

const program = path.join(repository, 'scripts/example.mjs');

/** `npm run example -- <args>`, without `DATABASE_URL`. */
function runExample(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { DATABASE_URL: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...args], {
    // In a separate process group, as in a terminal.
    detached: true,
    env: { ...inherited, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const run = { output: '', pid: child.pid as number, ended: once(child, 'close') };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      run.output += text;
    });
  }
  return run;
}

it('runs an example on an embedded Postgres and a Neon endpoint, until Ctrl-C', async () => {
  const port = await freePort();
  const run = runExample(['lambda-neon'], { PORT: String(port), OTEL_LOGS_EXPORTER: 'none' });
  try {
    await pollUntil(async () => run.output.includes(`curl http://127.0.0.1:${port}`));
    const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'https://nodejs.org/' });
    expect(await answer.json()).toMatchObject({ links: 1 });
    process.kill(-run.pid, 'SIGINT');
    expect(await run.ended).toEqual([0, null]);
    expect(run.output).not.toMatch(/Error|warning|^\s+at /im);
  } finally {
    try {
      process.kill(-run.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
});

it('runs examples/express-pg, and prints how to open its page', async () => {
  const port = await freePort();
  const run = runExample(['express-pg'], { PORT: String(port), OTEL_LOGS_EXPORTER: 'none' });
  try {
    const printed = () => /Page: +(http:\S+) +\(user (\S+), password (\S+)\)/.exec(run.output)?.slice(1);
    const [page, user, password] = (await pollUntil(async () => printed())) as [string, string, string];
    const headers = { authorization: `Basic ${btoa(`${user}:${password}`)}` };
    await (await fetch(`http://127.0.0.1:${port}/orders`)).text();
    expect(await (await fetch(page, { headers })).text()).toContain('<title>Postgres insights</title>');
    const { performance } = (await (await fetch(`${page}/all`, { headers })).json()) as AllPerformanceData;
    expect(performance.total).toBeGreaterThan(0);
    expect((await fetch(`${page}/all`)).status).toBe(401);
    process.kill(-run.pid, 'SIGINT');
    expect(await run.ended).toEqual([0, null]);
  } finally {
    try {
      process.kill(-run.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
});

it('lists the examples when there is none of the name', async () => {
  const run = runExample(['shopp']);
  expect(await run.ended).toEqual([2, null]);
  expect(run.output).toBe(`There is no example "shopp".

Usage: npm run example -- <name>

${['existing-sdk', 'express-pg', 'fastify-drizzle-neon', 'lambda-neon', 'nestjs-typeorm', 'nextjs', 'shop'].map((name) => `  ${name}\n`).join('')}`);
});
