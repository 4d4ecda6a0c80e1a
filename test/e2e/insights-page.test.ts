import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import {
  type AllPerformanceData,
  createInsights,
  createInsightsHandler,
  createInsightsRoute,
  type Insights,
} from '@pg-otel/insights';
import { instrument, PostgresInstrumentation } from '@pg-otel/instrumentation';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';
import pg from 'pg';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { hasBrowser, overflow, startBrowser, violations } from './browser';

/** The status page in a real browser: Debian's Chromium. */
const HOSTILE = '<img src=x onerror="document.title=1">';
/** A name of another machine, for the browser. */
const INSECURE_NAME = 'shop.test';

let postgres: PostgresServer;
let instrumentation: PostgresInstrumentation;
let insights: Insights;
let pool: pg.Pool;
let browser: Browser;
let server: ReturnType<typeof createServer>;
let url: string;
const complaints: string[] = [];

async function open(options: BrowserContextOptions = {}, at = url): Promise<Page> {
  const context = await browser.newContext({
    permissions: ['clipboard-read', 'clipboard-write'],
    ...options,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  await page.goto(at);
  await page.getByRole('heading', { name: 'Statements' }).waitFor();
  return page;
}

const cell = (page: Page, statement: string, column: number) =>
  page.getByRole('row', { name: statement }).getByRole('cell').nth(column).textContent();

(hasBrowser ? describe : describe.skip)('the status page', () => {
  beforeAll(async () => {
    postgres = await startPostgres({ database: 'shop' });
    instrumentation = new PostgresInstrumentation({ diagnose: true, poolNames: () => 'shop' });
    instrument(pg);
    insights = createInsights();
    pool = new pg.Pool({ connectionString: postgres.url, max: 3 });
    await pool.query('CREATE TABLE orders (id int)');
    for (let id = 0; id < 30; id += 1) await pool.query('INSERT INTO orders VALUES ($1)', [id]);
    await pool.query(`SELECT * FROM "${HOSTILE.replaceAll('"', '""')}"`).catch(() => {});
    const refused = new pg.Client({ host: '127.0.0.1', port: 1 });
    await refused.connect().catch(() => {});
    server = createServer(createInsightsHandler({ insights, path: '/insights' })).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/insights`;
    browser = await startBrowser(`--host-resolver-rules=MAP ${INSECURE_NAME} 127.0.0.1`);
  });
  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    insights?.stop();
    instrumentation?.disable();
    await pool?.end();
    await postgres?.stop();
  });

  it('the numbers of the page are those of the JSON', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Copy as JSON' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const data = JSON.parse(await page.evaluate('navigator.clipboard.readText()')) as AllPerformanceData;
    expect(data.performance.statements.find(({ summary }) => summary === 'INSERT orders')?.count).toBe(30);
    expect(await cell(page, 'INSERT orders', 2)).toBe('30');
    expect(await cell(page, 'CREATE TABLE orders', 2)).toBe('1');
    const tiles = await page.locator('.tile').allInnerTexts();
    expect(tiles[0]).toContain(`${data.performance.total} since the start`);
    expect(await page.getByRole('table').first().textContent()).toContain('PostgresConnectionFailed');
    await page.context().close();
  });

  it('what happens is shown without reloading, and not while it is paused', async () => {
    const page = await open();
    await pool.query('DELETE FROM orders WHERE id < 0');
    await page.getByText('DELETE orders').waitFor();
    await page.keyboard.press('p');
    await page.getByText(/^Paused at/).waitFor();
    await pool.query('TRUNCATE orders');
    await insights.getAllPerformanceData();
    await page.waitForTimeout(2500);
    expect(await page.getByText('TRUNCATE').count()).toBe(0);
    await page.keyboard.press('p');
    await page.getByText('TRUNCATE').first().waitFor();
    await page.context().close();
  });

  it('the streams of a route, which end, are one for who looks at the page', async () => {
    const route = createInsightsRoute({ insights, authorize: () => true });
    const routeServer = createServer(async (request, response) => {
      const { status, headers, body } = await route(new Request(`http://localhost${request.url}`));
      response.writeHead(status, Object.fromEntries(headers));
      // It fails when the page is closed.
      await pipeline(Readable.fromWeb(body as ReadableStream), response).catch(() => {});
    }).listen(0, '127.0.0.1');
    await once(routeServer, 'listening');
    const page = await open({}, `http://127.0.0.1:${(routeServer.address() as AddressInfo).port}/`);
    await page.evaluate(`
      window.wasLost = false;
      new MutationObserver(() => { window.wasLost ||= document.getElementById('page').textContent.includes('Connection lost'); })
        .observe(document.body, { subtree: true, childList: true, characterData: true });`);
    await page.waitForRequest(/\/live$/, { timeout: 120_000 });
    await pool.query('ANALYZE orders');
    await page.getByText('ANALYZE').first().waitFor();
    expect(await page.evaluate('window.wasLost')).toBe(false);
    await page.context().close();
    routeServer.close();
    await once(routeServer, 'close');
  });

  it('a stream that was refused is opened again', async () => {
    const handler = createInsightsHandler({ insights });
    let refused = 0;
    const restarting = createServer((request, response) => {
      if (request.url !== '/live' || refused > 0) return handler(request, response);
      refused += 1;
      response.writeHead(503).end();
    }).listen(0, '127.0.0.1');
    await once(restarting, 'listening');
    const page = await open({}, `http://127.0.0.1:${(restarting.address() as AddressInfo).port}/`);
    expect(refused).toBe(1);
    // Chromium reports the refusal.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('503')]);
    await page.context().close();
    restarting.closeAllConnections();
    restarting.close();
  });

  it('nothing can be copied from a page without HTTPS, where browsers have no clipboard', async () => {
    const handler = createInsightsHandler({ insights, authorize: () => true });
    const plain = createServer(handler).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const page = await open({}, `http://${INSECURE_NAME}:${(plain.address() as AddressInfo).port}/`);
    expect(await page.getByRole('button').allTextContents()).toEqual(['Pause']);
    await page.context().close();
    plain.closeAllConnections();
    plain.close();
  });

  it('what runs now is shown with what it waits for', async () => {
    const page = await open();
    const slow = pool.query('SELECT pg_sleep(100)').catch(() => {});
    await page.getByRole('row', { name: /SELECT.*the server.*shop/s }).waitFor();
    const cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    await pollUntil(async () => (await pool.query(cancel)).rowCount === 1);
    await slow;
    await page.getByText('Nothing runs.').waitFor();
    await page.context().close();
  });

  it('a slow query is shown with the reason, while it runs and afterwards', async () => {
    const page = await open();
    await pool.query('CREATE TABLE accounts (id int); INSERT INTO accounts VALUES (7)');
    const client = await pool.connect();
    await client.query('BEGIN; UPDATE accounts SET id = 8');
    const update = pool.query('UPDATE accounts SET id = 9');
    const reason = /has waited .* for a row of `accounts`, held by this process.*\(proven\)/s;
    await page.getByRole('group', { name: 'Operations that run now' }).getByText(reason).waitFor();
    await client.query('ROLLBACK');
    client.release();
    await update;
    await page.getByRole('group', { name: 'Slow queries' }).getByText(reason).waitFor();
    const [slow] = insights.getPerformanceMetrics().slow.last.slice(-1);
    expect(slow).toMatchObject({ summary: 'UPDATE accounts', diagnosis: { outcome: 'found' } });
    await page.context().close();
  });

  it('a hostile statement stays text', async () => {
    const page = await open();
    await page.getByText('onerror').first().waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.title()).toBe('Postgres insights');
    await page.context().close();
  });

  it('the keyboard reaches everything, beginning with the way to the content', async () => {
    const page = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await page.getByRole('button', { name: 'Pause' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause', pressed: true }).waitFor();
    await page.context().close();
  });

  it.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['a narrow screen', { viewport: { width: 320, height: 640 } }],
    ['a wide screen', { viewport: { width: 2560, height: 1440 } }],
  ])('is accessible and fits: %s', async (_name, options) => {
    const page = await open(options);
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.context().close();
  });
});
