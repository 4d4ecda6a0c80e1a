import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { startNeonEndpoint, startPostgres } from '@pg-otel/testkit';
import { repository } from '../steps/command.mjs';

/** What an example may need before its start, in this order. */
const SCRIPTS = ['build', 'migrate', 'start'];

/** Runs the scripts of an example until it ends, or SIGINT or SIGTERM end it. Resolves with its exit code. */
export async function runExample({ folder, scripts, dependencies }) {
  const database = process.env.DATABASE_URL ? undefined : await startDatabase(dependencies);
  try {
    const env = {
      PG_OTEL_INSTRUMENTATIONS: instrumentationsOf(dependencies),
      ...process.env,
      ...database?.env,
      PATH: [folder, repository]
        .map((parent) => path.join(parent, 'node_modules/.bin'))
        .concat(process.env.PATH)
        .join(path.delimiter),
    };
    for (const name of SCRIPTS) {
      if (scripts[name] === undefined) continue;
      const code = await run(scripts[name], { cwd: folder, env });
      if (code !== 0) return code;
    }
    return 0;
  } finally {
    await database?.stop();
  }
}

/** An embedded Postgres, for Neon's driver with a Neon endpoint in front of it. */
async function startDatabase(dependencies) {
  const postgres = await startPostgres({ database: 'example' });
  const neon = '@neondatabase/serverless' in dependencies ? await startNeonEndpoint(postgres) : undefined;
  return {
    env: { ...postgres.env, DATABASE_URL: postgres.url, ...neon?.env },
    async stop() {
      await neon?.stop();
      await postgres.stop();
    },
  };
}

/** Those that the example depends on. The repository has others, for its tests. */
function instrumentationsOf(dependencies) {
  const names = Object.keys(dependencies).flatMap(
    (name) => name.match(/^@opentelemetry\/instrumentation-(.+)|^@(fastify)\/otel$/)?.slice(1) ?? [],
  );
  return names.filter((name) => name !== undefined).join(',') || 'none';
}

/** Resolves with the exit code; 0 for an end by the signal that was passed on. */
async function run(script, { cwd, env }) {
  // `env`, for variables before the command. A separate process group: Ctrl-C goes to this process only, which passes it on once.
  const child = spawn(`exec env ${script}`, { cwd, env, shell: true, stdio: 'inherit', detached: true });
  let isInterrupted = false;
  const passOn = (signal) => {
    isInterrupted = true;
    child.kill(signal);
  };
  const kill = () => child.kill('SIGKILL');
  process.on('SIGINT', passOn).on('SIGTERM', passOn).on('exit', kill);
  const [code, signal] = await once(child, 'exit');
  process.off('SIGINT', passOn).off('SIGTERM', passOn).off('exit', kill);
  return code ?? (isInterrupted && signal !== 'SIGKILL' ? 0 : 1);
}
