import type { AllPerformanceData } from '@pg-otel/insights';
import { freePort } from '@pg-otel/testkit';
import { Terminal as Emulator } from '@xterm/headless';
import { itOnTerminal, jsonLines, startWatch, watchOnTerminal } from './watched';

/** What the page receives: the first update of its stream. */
async function firstUpdate(url: string): Promise<AllPerformanceData> {
  const { body } = await fetch(`${url}/live`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes('\n\n')) break;
  }
  return JSON.parse(text.slice('data: '.length, text.indexOf('\n\n')));
}

/** The lines on a terminal that received this. */
async function screenOf(received: string, size: { columns: number; rows: number }): Promise<string[]> {
  const { columns: cols, rows } = size;
  const emulator = new Emulator({ cols, rows, allowProposedApi: true });
  const untilItLeaves = received.slice(0, received.lastIndexOf('\x1b[?1049l'));
  await new Promise<void>((resolve) => emulator.write(untilItLeaves, resolve));
  const { active } = emulator.buffer;
  return Array.from(
    { length: active.length },
    (_, row) => active.getLine(row)?.translateToString(true) ?? '',
  );
}

itOnTerminal(
  'N+1 queries of a program have the same words in pg-otel watch, at the endpoint and in the data of the page',
  async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const watching = startWatch(['--json', '--', 'node', 'n-plus-one.cjs'], {
      PG_OTEL_INSIGHTS: String(port),
      PG_OTEL_INSTRUMENTATIONS: 'http',
    });
    await watching.waitForOutput('"kind":"n_plus_one"');

    const size = { columns: 120, rows: 60 };
    const printing = startWatch(['--url', url]);
    const [endpoint, page, received] = await Promise.all([
      fetch(`${url}/all`).then((response) => response.json() as Promise<AllPerformanceData>),
      firstUpdate(url),
      watchOnTerminal(`--url ${url}`, { ...size, until: 'N+1 queries' }),
      printing.waitForOutput('finding: '),
    ]);
    printing.kill('SIGTERM');
    const lines = (await printing.ended).stdout.split('\n').map((line) => line.slice('hh:mm:ss '.length));
    watching.kill('SIGTERM');
    const { stdout, stderr, code } = await watching.ended;
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });

    const { findings } = jsonLines(stdout).at(-1) as AllPerformanceData;
    expect(findings).toEqual([
      expect.objectContaining({
        kind: 'n_plus_one',
        summary: 'SELECT customers',
        sentence: expect.stringMatching(
          /^SELECT customers ran 20 times in one request, once for each of the 20 rows of SELECT orders: \d+ ms in all$/,
        ),
        count: 3,
        traceIds: Array.from({ length: 3 }, () => expect.stringMatching(/^[0-9a-f]{32}$/)),
      }),
    ]);
    expect(endpoint.findings).toEqual(findings);
    expect(page.findings).toEqual(findings);

    const [{ sentence, traceIds }] = findings as [(typeof findings)[0]];
    expect(lines).toContain(`finding: ${sentence}`);
    const shown = (await screenOf(received, size)).join(' ');
    expect(shown).toContain(`Findings N+1 queries: ${sentence} (3 times, trace ${traceIds[2]})`);
  },
);
