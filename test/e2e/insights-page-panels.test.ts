import { createInsights, type Insights, type InsightsServer, serveInsights } from '@pg-otel/insights';
import { pollUntil } from '@pg-otel/testkit';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { completeData as data } from '../../packages/insights/test/complete-data';
import { hasBrowser, overflow, startBrowser, violations } from './browser';

/** The status page of a program that has something to show in each panel. */
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const panels: [title: string, texts: (string | RegExp)[]][] = [
  [
    'Alerts',
    ['PostgresQuerySlow', 'critical', 'SELECT orders', 'A query takes longer than 5 s', 'a1', 'pending'],
  ],
  [
    'Findings',
    ['SELECT orders: p95 800 ms, baseline 12 ms', 'N+1 queries: SELECT items ran 20 times', 'trace a1'],
  ],
  [
    'The last 100 queries',
    ['12.5/s', '100 since the start', '2 ms', '800 ms', '1.2 s', '90 %', '3 %', '3 queries', '7', '2 failed'],
  ],
  ['Latency', ['p50', 'p95', 'p99', 'Every 10 seconds of the last hour']],
  [
    'Distribution',
    [/1 ms\s+40\s+within 50 ms/, /500 ms\s+2\s+above the target/, /2 s\s+1\s+slow/, /longer\s+1\s+critical/],
  ],
  [
    'Running now',
    [
      '6.2 s',
      'SELECT orders',
      'has waited 4.8 s for a row of `accounts`, held by worker-7 (pid 8123) (proven)',
      'the server',
      'a connection of the pool',
    ],
  ],
  [
    'Slow queries',
    [
      '2.5 s',
      'UPDATE accounts',
      'has waited 2.4 s for a row of `accounts` (proven)',
      'failed: 57014',
      'shop',
      TRACE,
    ],
  ],
  [
    'Statements',
    [/SELECT orders.*slower than usual since/s, '75 %', '800 ms', '12 ms', 'INSERT 注文', '25 %'],
  ],
  [
    'Pools',
    [
      '100 % used',
      'managed (act), 1 to 12; the plan for this load is 8',
      'used connections',
      'waiting requests',
      'size of the pool',
      /\d\d:\d\d:\d\d size 4 → 6: 4 → 6 connections, because requests wait/,
    ],
  ],
  [
    'Connection setup',
    [
      '12 opened. Closed: 3 idle, 2 error',
      'tcp',
      'p95 2 ms',
      'auth',
      'p95 9 ms',
      'p95 16 ms',
      'ECONNREFUSED: 2',
    ],
  ],
  [
    'Health',
    [
      /shop: up since \d\d:\d\d:\d\d/,
      /before: \d\d:\d\d:\d\d down/,
      /shop, after 10 s/,
      'Retries: 3 gave up',
    ],
  ],
  ['Past alerts', ['PostgresPoolWaiting', 'critical', 'a1']],
];

/** Drawn pixels of each of the colours, whose names are those of style.css. */
const drawnPixels = (canvas: string, colours: readonly string[]) => `(() => {
  const context = document.querySelector(${JSON.stringify(canvas)}).getContext('2d');
  const pixels = context.getImageData(0, 0, context.canvas.width, context.canvas.height).data;
  const swatch = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  return ${JSON.stringify(colours)}.map((name) => {
    swatch.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
    swatch.fillRect(0, 0, 1, 1);
    const colour = swatch.getImageData(0, 0, 1, 1).data;
    let count = 0;
    for (let at = 0; at < pixels.length; at += 4)
      if (pixels[at + 3] > 200 && [0, 1, 2].every((channel) => Math.abs(pixels[at + channel] - colour[channel]) < 16)) count += 1;
    return count;
  });
})()`;

let browser: Browser;
let insights: Insights;
let server: InsightsServer;
let shown = data;

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  page.on('request', (request) => requested.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(server.url);
  await page.getByRole('heading', { name: 'Past alerts' }).waitFor();
  return page;
}
const complaints: string[] = [];
const requested: string[] = [];

/** As it is shown, with space between the cells of a table. */
const textOf = async (locator: Locator): Promise<string> => (await locator.allInnerTexts()).join('\n');

const panel = (page: Page, name: string) =>
  page.locator('section', { has: page.getByRole('heading', { name, exact: true, level: 2 }) });

(hasBrowser ? describe : describe.skip)('the status page', () => {
  beforeAll(async () => {
    insights = createInsights();
    const getAllPerformanceData = () => ({ ...shown, collectedAt: Date.now() });
    server = await serveInsights({ port: 0, insights: { ...insights, getAllPerformanceData } });
    browser = await startBrowser();
  });
  beforeEach(() => {
    shown = data;
  });
  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    insights?.stop();
  });

  it('has each figure with its unit', async () => {
    const page = await open();
    const found = await Promise.all(
      panels.map(async ([title]) => [title, await textOf(panel(page, title))] as const),
    );
    const missing = found.flatMap(([title, text], index) =>
      (panels[index]?.[1] ?? [])
        .filter((expected) =>
          typeof expected === 'string' ? !text.includes(expected) : !expected.test(text),
        )
        .map((expected) => `${title}: ${expected} is not in ${text}`),
    );
    expect(missing).toEqual([]);
    const titles = await page.getByRole('heading', { level: 2 }).allInnerTexts();
    expect(titles.sort()).toEqual(panels.map(([title]) => title).sort());
    expect(await textOf(page.getByRole('contentinfo'))).toBe(
      'node 24.11.0 · @pg-otel/insights 0.1.0 · pg 8.23.1',
    );
    await page.context().close();
  });

  it.each(['light', 'dark'] as const)(
    'draws latencies with target and thresholds, and pools with their size (%s)',
    async (colorScheme) => {
      const page = await open({ colorScheme });
      const latency = ['series-1', 'series-2', 'series-3', 'bad'];
      const pool = ['series-1', 'series-2', 'series-3'];
      for (const [canvas, colours] of [
        ['#latency-chart canvas', latency],
        ['[data-pool=shop] canvas', pool],
      ] as const) {
        const counts = (await page.evaluate(drawnPixels(canvas, colours))) as number[];
        // A line across the chart, and of the thresholds at least their labels.
        const missing = colours.filter((_, index) => (counts[index] as number) < 50);
        expect([canvas, missing]).toEqual([canvas, []]);
      }
      await page.context().close();
    },
  );

  it('an update keeps elements, focus and selection', async () => {
    const page = await open();
    await page.getByRole('group', { name: 'Slow queries' }).focus();
    await page.evaluate(`
      window.kept = [...document.querySelectorAll('section, table, td, canvas')];
      getSelection().selectAllChildren(document.querySelector('#statements').parentElement);`);
    const when = () => textOf(page.locator('.when'));
    const before = await when();
    const selected = await page.evaluate('String(getSelection())');
    await pollUntil(async () => (await when()) !== before);
    expect(await page.evaluate('window.kept.filter((element) => !element.isConnected).length')).toBe(0);
    expect(await page.evaluate('window.kept.length')).toBeGreaterThan(50);
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Slow queries');
    expect(await page.evaluate('String(getSelection())')).toBe(selected);
    await page.context().close();
  });

  it('requests nothing from elsewhere, so it works offline', async () => {
    requested.splice(0);
    const page = await open();
    expect(requested.length).toBeGreaterThan(1);
    expect(requested.filter((at) => !at.startsWith(server.url) && !at.startsWith('data:'))).toEqual([]);
    await page.context().close();
  });

  it('hostile names stay text in every panel', async () => {
    const hostile = '"><img src=x onerror="document.title=1"><script>document.title=2</script>';
    const escaped = JSON.stringify(hostile).slice(1, -1);
    // Names and sentences: they have a space or are names of the program.
    const names = /"(?:shop|a1|ECONNREFUSED|57014|Postgres\w+|[^"]* [^"]*)"(?!:)/g;
    shown = JSON.parse(JSON.stringify(data).replace(names, `"${escaped}"`));
    const page = await open();
    const texts = await page.locator('section').allInnerTexts();
    expect(texts.filter((text) => text.includes('onerror')).length).toBeGreaterThan(8);
    expect(await page.locator('img, main script').count()).toBe(0);
    expect(await page.title()).toBe('Postgres insights');
    await page.context().close();
  });

  it.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['a narrow screen', { viewport: { width: 320, height: 640 } }],
  ])('is accessible and fits with everything that it can show: %s', async (_name, options) => {
    const page = await open(options);
    expect(await violations(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    await page.context().close();
  });
});
