import { readFile } from 'node:fs/promises';
import * as path from 'node:path';
import type { Finding } from '../../finding';
import { runProgram } from './program';

interface RouteTest {
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: string;
}

/** The generated table of who hears what, asked of amtool one by one. */
export async function checkRoutes(out: string, amtool: string): Promise<Finding> {
  const check = 'amtool config routes test';
  const folder = path.join(out, 'alertmanager');
  const file = 'routes.test.json';
  const tests = await readTests(path.join(folder, file));
  if (tests === undefined)
    return { check, status: 'problem', message: `there is no ${file}`, advice: 'pg-otel alerts build' };
  const wrong: string[] = [];
  for (const { labels, receiver } of tests) {
    const matched = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const outcome = await runProgram(
      amtool,
      [
        'config',
        'routes',
        'test',
        '--config.file=alertmanager.yaml',
        `--verify.receivers=${receiver}`,
        ...matched,
      ],
      { cwd: folder },
    );
    if (outcome.kind !== 'passed') wrong.push(`${matched.join(' ')} does not come to ${receiver}`);
  }
  if (wrong.length > 0) return { check, status: 'problem', message: wrong.join('; ') };
  return { check, status: 'ok', message: `${tests.length} routes lead where they should` };
}

async function readTests(file: string): Promise<readonly RouteTest[] | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
