import { existsSync } from 'node:fs';
import { runFixture, startFixture } from './fixture';
import { installationFolder, runtimes, titled } from './installations';

describe('runFixture', () => {
  it('gives output and exit code', async () => {
    const source = `console.log(process.argv[2], process.env.COLOUR); console.error('oh'); process.exitCode = 3;`;
    const result = await runFixture({
      installation: 'otel-2',
      type: 'commonjs',
      source,
      args: ['tea'],
      env: { COLOUR: 'green' },
    });
    expect(result).toEqual({ stdout: 'tea green\n', stderr: 'oh\n', code: 3, signal: null });
  });

  it('hides the environment that would change what is tested', async () => {
    process.env['OTEL_SDK_DISABLED'] = 'true';
    try {
      const source = 'console.log(process.env.OTEL_SDK_DISABLED)';
      expect((await runFixture({ installation: 'otel-2', type: 'module', source })).stdout).toBe(
        'undefined\n',
      );
    } finally {
      delete process.env['OTEL_SDK_DISABLED'];
    }
  });

  it('fails when the program does not end, with what it wrote', async () => {
    const source = `console.log('still here'); setInterval(() => {}, 1000);`;
    const run = runFixture({ installation: 'otel-2', type: 'module', source, timeoutMillis: 1_000 });
    await expect(run).rejects.toThrow('did not end within 1000 ms:\nstill here');
  });

  it('leaves no file', async () => {
    const source = 'console.log(process.argv[1])';
    const { stdout } = await runFixture({ installation: 'otel-2', type: 'module', source });
    expect(stdout).toContain(installationFolder('otel-2'));
    expect(existsSync(stdout.trim())).toBe(false);
  });

  it.each(titled(runtimes()))('runs %s', async (title, { installation, node }) => {
    const source = `
      import { readFileSync } from 'node:fs';
      const { version } = JSON.parse(readFileSync('node_modules/@opentelemetry/core/package.json', 'utf8'));
      console.log(\`OpenTelemetry \${version.split('.')[0]}.x on Node \${process.versions.node.split('.')[0]}\`);`;
    expect((await runFixture({ installation, node, type: 'module', source })).stdout).toBe(`${title}\n`);
  });

  it('runs the oldest driver next to the packages of its installation', async () => {
    const source = `
      import { createRequire } from 'node:module';
      import '@opentelemetry/api';
      console.log(createRequire(import.meta.url)('pg/package.json').version);`;
    expect((await runFixture({ installation: 'otel-2/oldest-pg', type: 'module', source })).stdout).toBe(
      '8.11.0\n',
    );
  });
});

describe('startFixture', () => {
  it('is sent signals', async () => {
    const source = `process.once('SIGTERM', () => process.exit(9)); console.log('ready'); setInterval(() => {}, 1000);`;
    const running = startFixture({ installation: 'otel-2', type: 'module', source });
    await running.waitForOutput('ready');
    running.kill('SIGTERM');
    expect(await running.ended).toMatchObject({ code: 9, signal: null });
  });

  it('reports the signal that ended it', async () => {
    const running = startFixture({
      installation: 'otel-2',
      type: 'module',
      source: 'setInterval(() => {}, 1000)',
    });
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({ code: null, signal: 'SIGINT' });
  });

  it('reports how the program ended when the output never came', async () => {
    const running = startFixture({
      installation: 'otel-2',
      type: 'module',
      source: `throw new Error('broken')`,
    });
    await expect(running.waitForOutput('ready')).rejects.toThrow(/exit code 1.*broken/s);
  });
});
