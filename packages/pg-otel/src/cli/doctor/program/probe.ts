/**
 * `pg-otel doctor -- <command>` preloads this file into each Node process of the program. It writes a report on what is
 * registered and patched there whenever that has changed. It registers and patches nothing itself.
 */
import { subscribe } from 'node:diagnostics_channel';
import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';
import {
  CHANNELS,
  type OperationEndMessage,
  type PoolHealthMessage,
  type PoolManagedMessage,
} from '@pg-otel/instrumentation/channels';
import { globalProviders, type SignalName } from '../../../api-registry';
import { programScript } from '../../../process/pm2';
import { loadedDrivers } from './loaded-drivers';
import {
  IDLE_INTERVALS,
  INTERVAL_MILLIS,
  type ManagedPool,
  type Owner,
  type ProcessReport,
  REPORTS_VARIABLE,
} from './process-report';

/** The share of an interval in which the event loop works, from which on the process is busy. */
const BUSY_UTILIZATION = 0.5;
const STARTED = Symbol.for('pg-otel.started');
const COPIES = Symbol.for('pg-otel.copies');

/** In the order of the findings. */
const DRIVERS = ['pg', 'pg-pool', '@neondatabase/serverless', 'postgres', '@electric-sql/pglite'];

const warnings: { code: string; message: string }[] = [];
const destinations: Partial<Record<SignalName, string[]>> = {};
const managedPools = new Map<string, ManagedPool>();
const pools = new Set<string>();
let connectionsWithoutPool = 0;
let utilization = performance.eventLoopUtilization();
let observed = '';
let idleIntervals = 0;

function observations(): Omit<ProcessReport, 'idleIntervals'> {
  const patched = patchedModules();
  const { installed, bundled } = loadedDrivers();
  const pgOtel = (globalThis as { [STARTED]?: { ownSignals?(): readonly SignalName[] } })[STARTED];
  const own = pgOtel?.ownSignals?.() ?? [];
  const ownerOf = (signal: SignalName): Owner => (own.includes(signal) ? 'pg-otel' : 'application');
  const providers = [...globalProviders()].map(
    ([signal, provider]) => [signal, { owner: ownerOf(signal), name: provider.constructor.name }] as const,
  );
  return {
    pid: process.pid,
    node: process.versions.node,
    file: programScript(),
    isPgOtelStarted: pgOtel !== undefined,
    providers: Object.fromEntries(providers),
    drivers: DRIVERS.filter((name) => patched.includes(name) || installed.has(name)).map((name) => ({
      name,
      isPatched: patched.includes(name),
    })),
    bundled: bundled.filter(({ name }) => !patched.includes(name)),
    managedPools: [...managedPools.values()],
    connections: { pools: [...pools], withoutPool: connectionsWithoutPool },
    warnings,
    destinations,
  };
}

/** The modules that the copies of the instrumentation in this process have patched (copies.ts of the instrumentation). */
function patchedModules(): readonly string[] {
  const copies = (globalThis as { [COPIES]?: { patchedModules?: Set<string> } })[COPIES];
  return [...(copies?.patchedModules ?? [])];
}

function look(): void {
  try {
    const before = { observed, idleIntervals };
    const report = observations();
    observed = JSON.stringify(report);
    const hasChanged = observed !== before.observed;
    const wasBusy = isBusy();
    if (hasChanged) idleIntervals = 0;
    else if (!wasBusy) idleIntervals = Math.min(idleIntervals + 1, IDLE_INTERVALS);
    if (hasChanged || idleIntervals !== before.idleIntervals) write({ ...report, idleIntervals });
  } catch {
    // The program must continue; doctor reports that there is no report.
  }
}

/** Whether the event loop has mostly worked since the last call. */
function isBusy(): boolean {
  const before = utilization;
  utilization = performance.eventLoopUtilization();
  return performance.eventLoopUtilization(utilization, before).utilization > BUSY_UTILIZATION;
}

function ended(): void {
  try {
    // Not all of them: `doctor` would end the process while it exits.
    write({ ...observations(), idleIntervals });
  } catch {
    // As above.
  }
}

function write(report: ProcessReport): void {
  const file = path.join(process.env[REPORTS_VARIABLE] as string, `${process.pid}.json`);
  writeFileSync(`${file}.part`, JSON.stringify(report));
  renameSync(`${file}.part`, file);
}

function recordDestination(origin: string, requestPath: string): void {
  const signal = requestPath.match(/\/v1\/(traces|metrics|logs)$/)?.[1] as SignalName | undefined;
  if (signal === undefined || destinations[signal]?.includes(origin)) return;
  destinations[signal] = [...(destinations[signal] ?? []), origin];
}

if (isMainThread && process.env[REPORTS_VARIABLE] !== undefined) {
  process.on('warning', ({ name, message, code }: Error & { code?: string }) => {
    if (name === 'PgOtelWarning') warnings.push({ code: String(code), message });
  });
  subscribe('http.client.request.start', (message) => {
    const { request } = message as {
      request: { protocol: string; host: string; path: string; getHeader(name: string): unknown };
    };
    recordDestination(`${request.protocol}//${request.getHeader('host') ?? request.host}`, request.path);
  });
  subscribe('undici:request:create', (message) => {
    const { request } = message as { request: { origin: unknown; path: string } };
    recordDestination(String(request.origin), request.path);
  });
  subscribe(CHANNELS.operationEnd, (message) => {
    const { kind, poolName, errorType } = message as OperationEndMessage;
    if (kind !== 'connect') return;
    if (poolName !== undefined) pools.add(poolName);
    else if (errorType === undefined) connectionsWithoutPool += 1;
  });
  subscribe(CHANNELS.poolManaged, (message) => {
    const { poolName: name, mode, min, max } = message as PoolManagedMessage;
    managedPools.set(name, { name, mode, min, max, health: undefined });
  });
  subscribe(CHANNELS.poolHealth, (message) => {
    const { poolName, state } = message as PoolHealthMessage;
    const pool = managedPools.get(poolName);
    if (pool !== undefined && state !== undefined) managedPools.set(poolName, { ...pool, health: state });
  });
  setInterval(look, INTERVAL_MILLIS).unref();
  process.on('exit', ended);
}
