import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SignalName } from '../../../api-registry';
import { wordOf } from '../../../settings/settings';
import type { Finding } from '../../finding';
import { keepOutOfBundle } from '../bundling';
import { driverCheck } from '../drivers';
import { checkWarning } from '../warning';
import type { ManagedPool, ProcessReport } from './process-report';
import { type ProgramRun, runProgram } from './run-program';

/** Runs the application's program, and reports what is registered and patched in it. */
export async function checkProgram(
  command: readonly string[],
  cwd: string,
  limitMillis: number,
  output: (text: string) => void,
): Promise<Finding[]> {
  return findingsOf(await runProgram(command, cwd, limitMillis, output), cwd);
}

/** The findings about one process of a run, preferably one that uses a driver. */
function findingsOf(run: ProgramRun, cwd: string): Finding[] {
  const uses = ({ drivers, bundled, providers }: ProcessReport): number =>
    (drivers.length + bundled.length) * 10 + Object.keys(providers).length;
  const [report] = [...run.reports].sort((one, other) => uses(other) - uses(one));
  if (report === undefined) {
    return [
      {
        check: 'program',
        status: 'problem',
        message: `the command started no Node process; it ended ${endOf(run)}`,
        advice: 'Pass the command that starts the application, as in pg-otel doctor -- node app.js.',
      },
    ];
  }
  return [
    checkRun(run, report),
    ...(['traces', 'metrics', 'logs'] as const).map((signal) => checkSignal(signal, report)),
    ...checkDrivers(report, cwd),
    ...checkOpenedConnections(report),
    ...report.managedPools.map(checkManagedPool),
    ...report.warnings.map(({ code, message }) => checkWarning(code, message)),
  ];
}

function checkRun(run: ProgramRun, { file, node, pid }: ProcessReport): Finding {
  const others = run.reports.length > 1 ? `, one of ${run.reports.length} processes` : '';
  const name = file === undefined ? 'a process' : path.basename(file);
  const hasFailed = run.end === 'by itself' && run.code !== 0;
  return {
    check: 'program',
    status: hasFailed || run.end === 'SIGKILL' ? 'problem' : 'ok',
    message: `${name} on Node ${node}${others}; it ended ${endOf(run)}`,
    ...(run.end === 'SIGKILL' && {
      advice: 'Make the program end within 10 s after SIGTERM, which orchestrators expect.',
    }),
    details: { pid, processes: run.reports.length, end: run.end, code: run.code },
  };
}

function endOf({ end, code }: ProgramRun): string {
  if (end !== 'by itself') return `by ${end} from pg-otel doctor`;
  return `by itself${code === null ? '' : ` with exit code ${code}`}`;
}

function checkSignal(signal: SignalName, report: ProcessReport): Finding {
  const provider = report.providers[signal];
  const origins = report.destinations[signal] ?? [];
  const details = { owner: provider?.owner ?? null, provider: provider?.name ?? null, sentTo: origins };
  if (provider === undefined) {
    const isAnyRegistered = Object.keys(report.providers).length > 0;
    return {
      check: signal,
      status: isAnyRegistered ? 'note' : 'problem',
      message: 'not received: no provider is registered',
      ...(!isAnyRegistered && {
        advice: 'Start an OpenTelemetry SDK in the application, or preload pg-otel/register.',
      }),
      details,
    };
  }
  const owner = provider.owner === 'pg-otel' ? 'pg-otel' : `the application's SDK (${provider.name})`;
  const sent = origins.length > 0 ? `sent to ${origins.join(', ')}` : 'no OTLP request over HTTP so far';
  return { check: signal, status: 'ok', message: `received by ${owner}; ${sent}`, details };
}

function checkDrivers({ drivers, bundled }: ProcessReport, cwd: string): Finding[] {
  if (drivers.length + bundled.length === 0)
    return [
      {
        check: 'pg',
        status: 'note',
        message: 'no driver was loaded',
        advice: 'If the program loads its driver at the first request, send it one within 5 s of its start.',
      },
    ];
  return [
    ...drivers.map(
      ({ name, isPatched }): Finding => ({
        check: driverCheck(name),
        status: isPatched ? 'ok' : 'problem',
        message: `${name} is ${isPatched ? '' : 'not '}instrumented`,
        ...(!isPatched && {
          advice:
            'Preload pg-otel/register, or @pg-otel/instrumentation/register if the application has its own SDK.',
        }),
      }),
    ),
    ...bundled.map(
      ({ name, file }): Finding => ({
        check: driverCheck(name),
        status: 'problem',
        message: `${name} is not instrumented: it is part of the bundle ${relativePath(file, cwd)}`,
        advice: keepOutOfBundle(name, cwd),
      }),
    ),
  ];
}

function relativePath(file: string, cwd: string): string {
  const absolute = file.startsWith('file:') ? fileURLToPath(file) : file;
  return path.relative(realpathSync(cwd), absolute);
}

/** Pools of other libraries are not observed: without this, all would look well, and pool metrics never arrive. */
function checkOpenedConnections({ connections: { pools, withoutPool } }: ProcessReport): Finding[] {
  if (pools.length > 0 || withoutPool === 0) return [];
  const mode = wordOf('PG_OTEL_MANAGE_POOLS');
  const opened =
    withoutPool === 1
      ? 'one connection was opened, by a client'
      : `${withoutPool} connections were opened, by clients`;
  return [
    {
      check: 'pools',
      status: mode === undefined ? 'note' : 'problem',
      message:
        `no pool of pg-pool was used; ${opened} without one. There are no pool metrics` +
        (mode === undefined ? '' : `, and PG_OTEL_MANAGE_POOLS=${mode} has no effect`),
      advice:
        'Knex (below Directus, Strapi, Lucid, MikroORM 6), Sequelize and Slonik have pools that are not observed. Knex 3.3 takes a ' +
        'pg.Pool as connectionPool.',
      details: { withoutPool },
    },
  ];
}

function checkManagedPool(pool: ManagedPool): Finding {
  const { name, mode, min, max, health } = pool;
  const state = health === undefined ? 'not checked yet' : health;
  return {
    check: 'managed pool',
    status: health === 'down' || health === 'degraded' ? 'problem' : 'ok',
    message: `${name} is managed (${mode}, ${min} to ${max} connections): ${state}`,
    ...(health === 'down' && {
      advice: 'Check that the database of the pool runs and accepts its credentials.',
    }),
    details: { ...pool },
  };
}
