import { stripVTControlCharacters } from 'node:util';
import { itOnTerminal, jsonLines, serve, startWatch, watch, watchOnTerminal } from './watched';

describe('pg-otel watch -- node app.js', () => {
  it('prints the data of the program as JSON, and its output on stderr; ends as it ends', async () => {
    const { stdout, stderr, code } = await watch(['--json', '--', 'node', 'queries.cjs', 'an argument']);
    expect({ stderr, code }).toEqual({ stderr: 'started with an argument\nended\n', code: 7 });
    expect(jsonLines(stdout).at(-1)).toMatchObject({
      performance: {
        total: 21,
        failed: 1,
        statements: expect.arrayContaining([
          expect.objectContaining({ summary: 'SELECT pg_class', count: 20 }),
        ]),
      },
      connections: { opened: expect.any(Number) },
      // Traces need no receiver.
      latestTrace: { traceId: expect.stringMatching(/^[0-9a-f]{32}$/), isSampled: false },
    });
  });

  it('passes signals on, and ends with the exit code of the program', async () => {
    const watching = startWatch(['--', 'node', 'signals.cjs']);
    await watching.waitForOutput('ready');
    watching.kill('SIGTERM');
    expect(await watching.ended).toMatchObject({ code: 3, stderr: 'ready\nSIGTERM\n' });
  });

  itOnTerminal('shows the screen on a terminal, ends the program by q, and leaves its output', async () => {
    const stdout = await watchOnTerminal('-- node signals.cjs', { columns: 100, rows: 40, until: 'ready' });
    expect(stdout).toContain('\x1b[?1049h');
    expect(stdout).toContain('The program is ending');
    // After the last picture, on the first screen.
    const left = stripVTControlCharacters(stdout.slice(stdout.lastIndexOf('\x1b[?1049l')));
    expect(left.replaceAll('\r', '')).toMatch(/^(?:SIGTERM\n)?exit 3\n/);
    expect(stdout).toContain('\x1b[?1049lready');
    expect(stdout).not.toContain('\x1b[1m'); // NO_COLOR
  });
});

describe('pg-otel watch with wrong arguments', () => {
  it.each([
    ['no command', [], 2, 'A command is missing: pg-otel watch -- node app.js'],
    ['nothing after --', ['--'], 2, 'A command is missing'],
    ['an unknown option', ['--jsn', '--', 'node'], 2, "Unknown option '--jsn'. Did you mean --json?"],
    ['a command without --', ['node', 'app.js'], 2, 'The command of a program comes after "--".'],
    ['a URL and a command', ['--url', 'http://x', '--', 'node'], 2, '--url and a command exclude each other'],
    [
      'a URL of another kind',
      ['--url', 'postgres://u:secret@db/x'],
      2,
      '--url must be a URL without a password',
    ],
    ['a URL with a password', ['--url', 'http://u:secret@db'], 2, '--url must be a URL without a password'],
    ['a command that does not exist', ['--', 'no-such-command'], 127, 'There is no command no-such-command'],
    ['a command that is no program', ['--', './package.json'], 126, './package.json cannot be run: EACCES'],
  ])('%s', async (_, args, code, message) => {
    const result = await watch(args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toContain('secret');
  });

  it('a URL with an endless answer', async () => {
    const { url, close } = await serve((_request, response) => {
      const write = () => {
        while (response.write('x'.repeat(65_536)));
        response.once('drain', write);
      };
      write();
    });
    const { code, stderr } = await watch(['--url', url]);
    close();
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${url}/ answers with more than 16777216 bytes\n` });
  });

  it('a URL that does not answer', async () => {
    const { url, close } = await serve();
    close();
    const { code, stdout, stderr } = await watch(['--url', `${url}?token=secret`]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: `${url}/ does not answer: ECONNREFUSED\n`,
    });
  });
});
