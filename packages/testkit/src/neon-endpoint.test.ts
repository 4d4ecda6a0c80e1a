import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { neon, neonConfig } from '@neondatabase/serverless';
import { type NeonEndpoint, startNeonEndpoint } from './neon-endpoint';
import { type PostgresServer, startPostgres } from './postgres';

describe('startNeonEndpoint', () => {
  let postgres: PostgresServer;
  let endpoint: NeonEndpoint;

  beforeAll(async () => {
    postgres = await startPostgres();
    endpoint = await startNeonEndpoint(postgres);
    neonConfig.fetchEndpoint = endpoint.httpUrl;
  });
  afterAll(async () => {
    await endpoint.stop();
    await postgres.stop();
  });

  it('is in front of the Postgres, and counts', async () => {
    const before = await endpoint.stats();
    expect(await neon(endpoint.url)`select current_user as who`).toEqual([{ who: postgres.user }]);
    const { requests, statements } = await endpoint.stats();
    expect([requests - before.requests, statements - before.statements]).toEqual([1, 1]);
  });

  it('knows the password of the user, for a bearer token', async () => {
    const url = new URL(endpoint.url);
    url.password = '';
    expect(await neon(url.href, { authToken: postgres.password })`select 1 as a`).toEqual([{ a: 1 }]);
  });

  it('has faults', async () => {
    await endpoint.setFault('status:503', { times: 2 });
    await expect(neon(endpoint.url)`select 1`).rejects.toThrow('503');
    await endpoint.clearFaults();
    expect(await neon(endpoint.url)`select 1 as a`).toEqual([{ a: 1 }]);
    await expect(endpoint.setFault('teapot')).rejects.toThrow('fault on http must be one of');
  });

  it('ends with its process, even after SIGKILL', async () => {
    const program = `
      const postgres = { host: '127.0.0.1', port: 1, url: '', user: 'app', password: 'secret' };
      require('@pg-otel/testkit').startNeonEndpoint(postgres).then(({ httpUrl }) => {
        console.log(httpUrl);
        setInterval(() => {}, 1000);
      });`;
    const child = spawn(process.execPath, ['-e', program], {
      cwd: __dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    const answers = () =>
      fetch(url).then(
        () => true,
        () => false,
      );
    expect(await answers()).toBe(true);
    child.kill('SIGKILL');
    while (await answers()) await sleep(20);
  });
});
