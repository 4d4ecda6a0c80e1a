import { type ChildProcess, spawn } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { type PostgresServer, pollUntil, startPostgres } from '@pg-otel/testkit';

const MOST = 33;
const BUDGET = MOST - 3;

let postgres: PostgresServer;
const instances: { child: ChildProcess; share: unknown }[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ maxConnections: MOST });
});
afterAll(async () => {
  for (const { child } of instances) child.kill('SIGKILL');
  await postgres.stop();
});

function startInstance(): void {
  const child = spawn(process.execPath, [path.join(__dirname, 'programs/instance.cjs')], {
    env: { ...process.env, DATABASE_URL: postgres.url },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const instance = { child, share: undefined as unknown };
  instances.push(instance);
  createInterface(child.stdout).on('line', (line) => {
    instance.share = JSON.parse(line);
  });
}

async function expectShares(count: number): Promise<void> {
  const expected = { instances: count, budget: BUDGET, share: Math.floor(BUDGET / count) };
  await pollUntil(async () =>
    instances.every(({ share }) => JSON.stringify(share) === JSON.stringify(expected)),
  );
}

it('processes share the connections of a server while others start, and are killed', async () => {
  startInstance();
  await expectShares(1);
  for (let count = 2; count <= 4; count++) startInstance();
  await expectShares(4);
  for (const { child } of instances.splice(0, 2)) child.kill('SIGKILL');
  await expectShares(2);
});
