import { startFixture } from '@pg-otel/testkit';
import { postgres } from '@pg-otel/testkit/stage';
import { folder, installation, jsonLines, serve, startWatch, watch } from './watched';

describe('pg-otel watch -- node app.js', () => {
  it('prints what happens in lines', async () => {
    const { stdout, stderr, code } = await watch(['--', 'node', 'slow.mjs']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''));
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^warning PostgresQuerySlow SELECT /),
        'SELECT is slow: sleeps in pg_sleep, which it calls',
        expect.stringMatching(
          /^0 queries, .* within 50\.0 ms; 0 failed; \d running; pool \S+ \d\/2 used, 0 waiting$/,
        ),
      ]),
    );
    expect(stdout).not.toContain('\x1b');
  });

  it('shows the process of npm start that uses Postgres', async () => {
    const { stdout, stderr, code } = await watch(['--json', '--', 'npm', 'start', '--silent']);
    expect({ stderr, code }).toEqual({ stderr: 'started with npm\nended\n', code: 7 });
    expect(jsonLines(stdout).at(-1).performance.total).toBe(21);
  });

  it('loads pg-otel once when the command loads it as well', async () => {
    const command = ['node', '--import', 'pg-otel/register', 'queries.cjs', 'twice'];
    const { stderr, code } = await watch(['--json', '--', ...command]);
    expect({ stderr, code }).toEqual({ stderr: 'started with twice\nended\n', code: 7 });
  });

  it('ends by the signal that ended the program', async () => {
    const { code, signal } = await watch(['--', 'node', '-e', "process.kill(process.pid, 'SIGKILL')"]);
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' });
  });
});

describe('pg-otel watch --url', () => {
  it('shows a program that runs already', async () => {
    const { url, port, close } = await serve();
    close();
    const program = startFixture({
      installation,
      folder,
      command: ['--import', 'pg-otel/register', 'signals.cjs'],
      env: {
        ...postgres.env,
        PG_OTEL_INSIGHTS: String(port),
        OTEL_TRACES_EXPORTER: 'none',
        OTEL_METRICS_EXPORTER: 'none',
        OTEL_LOGS_EXPORTER: 'none',
      },
    });
    await program.waitForOutput('ready');
    const watching = startWatch(['--url', url, '--json']);
    await watching.waitForOutput('"collectedAt"');
    watching.kill('SIGTERM');
    expect(await watching.ended).toMatchObject({ signal: 'SIGTERM', stderr: '' });
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 3 });
  });

  it.each([
    ['a page', 200, '<html></html>', 'does not serve the insights of pg-otel (HTTP 200)'],
    ['other JSON', 200, '{"collectedAt":1}', 'does not serve the insights of pg-otel (HTTP 200)'],
    ['nothing', 404, '', 'does not serve the insights of pg-otel (HTTP 404)'],
    ['a login', 401, '', 'refuses access (HTTP 401)'],
  ])('names a URL that serves %s', async (_, status, body, message) => {
    const { url, close } = await serve((_request, response) => response.writeHead(status).end(body));
    const { code, stderr } = await watch(['--url', `${url}/app`]);
    close();
    expect({ code, stderr }).toEqual({ code: 1, stderr: `${url}/app ${message}\n` });
  });
});

it('refuses a port that is in use', async () => {
  const { port, close } = await serve();
  const inUse = await watch(['--', 'node', 'queries.cjs'], { PG_OTEL_INSIGHTS: String(port) });
  const noPort = await watch(['--', 'node', 'queries.cjs'], { PG_OTEL_INSIGHTS: 'yes' });
  close();
  expect([inUse.code, noPort.code]).toEqual([2, 2]);
  expect(inUse.stderr).toContain(`Port ${port} of PG_OTEL_INSIGHTS is in use`);
  expect(noPort.stderr).toContain('PG_OTEL_INSIGHTS must be a port from 1 to 65535, got "yes"');
});
