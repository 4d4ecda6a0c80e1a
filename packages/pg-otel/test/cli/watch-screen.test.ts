import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { AllPerformanceData } from '@pg-otel/insights';
import { Terminal as Emulator } from '@xterm/headless';
import { painter } from '../../src/cli/paint';
import { panels, picture, type Size } from '../../src/cli/watch/picture';
import { PoolHistory } from '../../src/cli/watch/pool-history';
import { ProgramOutput } from '../../src/cli/watch/program-output';
import { ScreenView } from '../../src/cli/watch/screen-view';
import { widthOf } from '../../src/cli/watch/width';
import { busy, quiet } from './watched-data';

const plain = painter(false);

function drawn(data: AllPerformanceData, width: number): string[] {
  const history = new PoolHistory();
  history.add(data);
  return panels({ data, history, sortedBy: 'total time' }, width, plain);
}

/** The part that begins with this title. */
function panel(data: AllPerformanceData, title: string, lines: number, width = 100): string {
  const all = drawn(data, width);
  const first = all.findIndex((line) => line.includes(title));
  return `\n${all.slice(first, first + lines).join('\n')}`;
}

/** A terminal whose content is that of an emulator. */
class FakeTerminal extends EventEmitter {
  columns = 100;
  rows = 40;
  writableNeedDrain = false;
  readonly emulator = new Emulator({
    cols: 100,
    rows: 40,
    allowProposedApi: true,
    // As the terminal driver of a system does.
    convertEol: true,
  });
  #written: Promise<void> = Promise.resolve();

  write(text: string): boolean {
    this.#written = new Promise((resolve) => this.emulator.write(text, resolve));
    return true;
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#written;
    Object.assign(this, { columns, rows });
    this.emulator.resize(columns, rows);
    this.emit('resize');
  }

  async shown(): Promise<string[]> {
    await this.#written;
    const { active } = this.emulator.buffer;
    return Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)?.translateToString(true) ?? '',
    );
  }
}

/** A keyboard that is a terminal. */
class FakeKeyboard extends PassThrough {
  isRaw = false;
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
}

function open() {
  const terminal = new FakeTerminal();
  const keyboard = new FakeKeyboard();
  const output = new ProgramOutput();
  const program = new PassThrough();
  const keys = { quit: jest.fn(() => 'The program is ending'), signal: jest.fn() };
  const view = new ScreenView({
    terminal: terminal as never,
    keyboard: keyboard as never,
    title: 'node app.js',
    paint: painter(true),
    waiting: 'Waiting for the insights',
    output,
    keys,
  });
  output.follow(program, () => view.outputArrived());
  return { terminal, keyboard, view, keys, program };
}

describe('the screen of pg-otel watch', () => {
  it('shows what is above a threshold, and what runs with the reason why it is slow', () => {
    expect(panel(busy, 'Above a threshold', 9)).toBe(`
Above a threshold
critical PostgresQuerySlow  SELECT orders · for 5.30 s · A query takes longer than 5 s
warning  PostgresPoolUtilization  pending · shop · for 12 s · The pool is almost used up

Running now  2
SELECT orders                                             for 6.20 s  waits for the server
  has waited 4.8 s for a row of \`accounts\`, held by worker-7 (pid 8123) (proven, trace of the
  blocker 4bf92f3577b34da6a3ce929d0e0e4736)
acquire shop                                              for 250 ms  waits for the pool`);
  });

  it('shows operations of one kind in one line', () => {
    const [, waiting] = busy.running;
    const running = Array.from({ length: 40 }, () => waiting as NonNullable<typeof waiting>);
    expect(panel({ ...busy, running }, 'Running now', 3)).toBe(`
Running now  40
acquire shop × 40                                         for 250 ms  waits for the pool
`);
  });

  it('shows latencies against target and thresholds, and the pool over time', () => {
    expect(panel(busy, 'Query latency', 9, 80)).toBe(`
Query latency  100 queries, 12.5/s       Pool shop  limit 4, 0 idle
p50 2.00 ms  p95 800 ms  p99 1.20 s      used                                  █
90 % within 50.0 ms · 3 failed           4                                     █
   ≤ 1 ms     40 ████████████████                                              █
   ≤ 5 ms     50 ████████████████████    waiting                               █
  ≤ 10 ms      0                         7                                     █
  ≤ 50 ms      0                                                               █
 ≤ 100 ms      0                         100 % used, longest held for 3.20 s
 ≤ 500 ms      2 ▊                       30 waits, p95 250 ms; planned for this…`);
  });

  it('shows the latest trace as a tree, and the phases of connections', () => {
    expect(panel(busy, 'Latest trace', 7, 80)).toBe(`
Latest trace  a1b2c3d4e5f60718           Connection setup  12 opened, 2 failed
acquire shop        10.0 ms ██████▎                     p50                 p95
└ connect shop      8.00 ms  █████       tcp        1.00 ms █▏          2.00 ms
  ├ tcp             2.00 ms  █▎          startup    3.00 ms  ███▍       6.00 ms
  └ auth            6.00 ms   ███▊       auth       4.00 ms     ████▌   9.00 ms
SELECT orders       6.00 ms       ███▊   whole      8.00 ms             16.0 ms
                                         100 % within 100 ms`);
  });

  it('shows statements with their share of the time, findings and deviations', () => {
    expect(panel(busy, 'Statements by', 3)).toBe(`
Statements by total time                 share       p95  count  failed       p50       max
SELECT orders                             75 %    800 ms     40       3   2.00 ms    1.20 s ██████
INSERT 注文                               25 %   3.00 ms     60       0   1.00 ms   4.00 ms ██`);
    expect(panel(busy, 'Findings', 4)).toBe(`
Findings
slower than usual: SELECT orders: p95 800 ms, baseline 12 ms, since 14:02
N+1 queries: SELECT items ran 20 times in one request, once for each of the 20 rows of SELECT
orders: 12 ms in all (4 times, trace a1)`);
  });

  it('shows health, recoveries, retries and sizes of a managed pool', () => {
    expect(panel(busy, 'Health', 5)).toBe(`
Health  shop up for 12 s
1 recovery after 10 s on average · 3 × gave up
40 s ago  shop is down
12 s ago  shop is up
5 s ago  4 → 6 connections, because requests wait`);
  });

  it.each([
    ['busy', busy],
    ['quiet', quiet],
  ])('fits into every terminal, of 20 to 300 columns and 1 to 60 rows (%s)', (_, data) => {
    const history = new PoolHistory();
    for (let nth = 0; nth < 400; nth++) history.add(data);
    const wrong = [];
    for (let columns = 20; columns <= 300; columns++) {
      const rows = columns % 2 === 0 ? 60 : 1 + (columns % 60);
      const frame = {
        title: 'node app.js',
        shown: { data, history, sortedBy: 'p95' as const },
        notice: 'No answer',
        keys: 'p pauses',
        output: ['x'.repeat(500), '注文'.repeat(200)],
      };
      const lines = picture(frame, { columns, rows }, painter(true));
      const widest = Math.max(...lines.map(widthOf));
      if (widest >= columns || lines.length > rows) wrong.push({ columns, rows, widest });
    }
    expect(wrong).toEqual([]);
  });

  it('names the least width where the terminal is too narrow', () => {
    const size: Size = { columns: 24, rows: 10 };
    const frame = { title: '', shown: undefined, notice: undefined, keys: '', output: [] };
    expect(picture(frame, size, plain)).toEqual([
      'pg-otel watch needs 41',
      'columns, this terminal',
      'has 24. q ends.',
    ]);
  });

  it('keeps the output of the program on the first screen, in order, and its last lines in the picture', async () => {
    const { terminal, view, program } = open();
    view.update({ data: busy, processes: 1 });
    program.write('\x1b[32mopen\x1b[0m\n');
    for (let nth = 1; nth <= 60; nth++) program.write(`line ${nth}\n`);
    await new Promise(setImmediate);
    view.update({ data: busy, processes: 1 });
    const picture = await terminal.shown();
    expect(terminal.emulator.buffer.active.type).toBe('alternate');
    expect(picture[0]).toContain('node app.js');
    expect(picture.slice(-4)).toEqual([
      '│ line 58',
      '│ line 59',
      '│ line 60',
      expect.stringContaining('q ends'),
    ]);
    program.write('the end');
    await new Promise(setImmediate);
    view.close();
    const left = (await terminal.shown()).filter((line) => line !== '');
    expect(left).toEqual(['open', ...Array.from({ length: 60 }, (_, nth) => `line ${nth + 1}`), 'the end']);
    expect(terminal.emulator.buffer.active.type).toBe('normal');
  });

  it('follows the size of the terminal', async () => {
    const { terminal, view } = open();
    view.update({ data: busy, processes: 1 });
    for (const [columns, rows] of [
      [20, 10],
      [200, 60],
      [60, 12],
    ] as const) {
      await terminal.resize(columns, rows);
      const shown = await terminal.shown();
      expect(shown).toHaveLength(rows);
      expect(shown.at(columns > 40 ? -1 : 0)).toContain(columns > 40 ? 'q ends' : 'pg-otel watch');
    }
    view.close();
  });

  it('pauses, sorts and quits by keys, and passes Ctrl-C on', async () => {
    const { terminal, keyboard, view, keys } = open();
    const press = async (key: string) => {
      keyboard.write(key);
      await new Promise(setImmediate);
      return (await terminal.shown()).join('\n');
    };
    expect(keyboard.isRaw).toBe(true);
    view.update({ data: busy, processes: 3 });
    expect(await press('s')).toContain('Statements by count');
    expect(await press('p')).toContain('Paused');
    view.update({ data: quiet, processes: 1 });
    expect((await terminal.shown()).join('\n')).toContain('the busiest of 3 processes');
    await press('p');
    view.update({ data: quiet, processes: 1 });
    expect((await terminal.shown()).join('\n')).toContain('no query yet');
    await press('\x03');
    expect(keys.signal).toHaveBeenCalledWith('SIGINT');
    expect(await press('q')).toContain('The program is ending');
    view.close();
    expect(keyboard.isRaw).toBe(false);
  });

  it('shows names with control sequences as text', async () => {
    const { terminal, view } = open();
    const [statement] = busy.performance.statements;
    const hostile = { ...statement, summary: 'SELECT \x1b[2J\x1b[H\x07evil\nline' } as typeof statement &
      object;
    view.update({
      data: { ...busy, performance: { ...busy.performance, statements: [hostile] } },
      processes: 1,
    });
    const shown = await terminal.shown();
    expect(shown[0]).toContain('node app.js');
    expect(shown.join('\n')).toContain('SELECT \\u001b[2J\\u001b[H\\u0007evil');
    view.close();
  });

  it('shows that the data is of another version, and goes on', async () => {
    const { terminal, view } = open();
    view.update({ data: { ...busy, connections: {} } as never, processes: 1 });
    expect((await terminal.shown()).join('\n')).toContain('The data cannot be shown');
    view.update({ data: { ...busy, pools: { ...busy.pools, pools: [null] } } as never, processes: 1 });
    expect((await terminal.shown()).join('\n')).toContain('The data cannot be shown');
    view.update({ failure: 'http://127.0.0.1:4500/ does not answer: ECONNREFUSED' });
    view.update({ data: busy, processes: 1 });
    expect((await terminal.shown()).join('\n')).toContain('Query latency');
    view.close();
  });
});
