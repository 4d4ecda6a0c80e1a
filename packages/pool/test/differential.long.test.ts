import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { type PostgresServer, startPostgres } from '@pg-otel/testkit';

/** The programs that prove the same of the instrumentation. */
const PROGRAMS = path.join(__dirname, '../../instrumentation/test/child-process/differential');
const MANAGE_ALL = path.join(__dirname, 'programs/manage-all.cjs');

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres({ database: 'shop', tls: true });
});
afterAll(() => postgres.stop());

interface Run {
  readonly lines: string[];
  /** What Node prints for an uncaught error, without its stack. */
  readonly complaint: string[];
  readonly code: number | null;
  readonly signal: string | null;
}

async function run(isManaged: boolean, program: string, ...args: string[]): Promise<Run> {
  const file = path.join(PROGRAMS, 'programs', `${program}.cjs`);
  const child = spawn(process.execPath, [...(isManaged ? ['--require', MANAGE_ALL] : []), file, ...args], {
    env: {
      ...process.env,
      ...postgres.env,
      URL: postgres.url,
      SOCKET_FOLDER: postgres.socketFolder,
      CA: postgres.ca,
      STAGE: path.join(PROGRAMS, 'stage.cjs'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const complaint = output.stderr.split('\n').filter((line) => /^(\w*Error|Uncaught|node:)/.test(line));
  return { lines: output.stdout.trimEnd().split('\n'), complaint, code, signal };
}

const bothRuns = (...program: [string, ...string[]]) =>
  Promise.all([run(false, ...program), run(true, ...program)]);

/** Scene and subject of the lines that differ. */
function differences(unmanaged: Run, managed: Run): string[] {
  expect(managed.lines).toHaveLength(unmanaged.lines.length);
  return managed.lines
    .filter((line, index) => line !== unmanaged.lines[index])
    .map((line) => (JSON.parse(line) as string[]).slice(0, 2).join(': '));
}

it.each<[string, string[]]>([
  ['queries', []],
  ['submittables', []],
  ['connections', []],
  ['order', []],
  // The listeners of the manager.
  ['pools', ['promise: new', 'promise: pool']],
  // The same, and the application_name of the instance.
  ['shapes', ['inspection: a new pool', 'inspection: a held client', 'inspection: pool', 'inspection: JSON']],
])('%s of a managed pool behave as without a manager', async (program, expected) => {
  const [unmanaged, managed] = await bothRuns(program);
  expect(differences(unmanaged, managed)).toEqual(expected);
  expect([managed.code, unmanaged.code]).toEqual([0, 0]);
  expect(managed.complaint).toEqual(unmanaged.complaint);
});

/** The names in programs/endings.cjs. */
const ENDINGS = [
  ...readFileSync(path.join(PROGRAMS, 'programs/endings.cjs'), 'utf8').matchAll(
    /^ {2}async '(.*)'\(\) \{$/gm,
  ),
].map(([, name]) => name as string);

it.each(ENDINGS)('a process with managed pools ends as without a manager: %s', async (ending) => {
  const [unmanaged, managed] = await bothRuns('endings', ending);
  expect(managed).toEqual(unmanaged);
});
