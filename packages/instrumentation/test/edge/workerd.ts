import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Readable } from 'node:stream';
import { installationFolder } from '@pg-otel/testkit';

export interface WorkerOptions {
  /** An ES module in one piece. */
  readonly code: string;
  readonly bindings: Readonly<Record<string, string>>;
  /** Default: a date on which the runtime has all that it has without flags. */
  readonly compatibilityDate?: string;
  readonly compatibilityFlags?: readonly string[];
}

export interface Worker {
  readonly url: string;
  /** The output of the worker and the runtime. */
  output(): string;
  stop(): Promise<void>;
}

/** The binary is a package for each system, and is found without the install script of `workerd`. */
const binary = createRequire(path.join(installationFolder('otel-2'), 'workerd/package.json'))(
  'workerd',
).default;

/** Runs a worker in Cloudflare's runtime, without Node compatibility. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pg-otel-worker-'));
  writeFileSync(path.join(folder, 'worker.js'), options.code);
  writeFileSync(path.join(folder, 'config.capnp'), configuration(options));
  const child = spawn(binary, ['serve', path.join(folder, 'config.capnp'), '--control-fd=3'], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const closed = once(child, 'close');
  const listening = once(child.stdio[3] as Readable, 'data') as Promise<[Buffer]>;
  const started = await Promise.race([listening, closed.then(() => undefined)]);
  rmSync(folder, { recursive: true });
  if (started === undefined) throw new Error(`workerd did not start:\n${output}`);
  const { port } = JSON.parse(started[0].toString()) as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    async stop() {
      child.kill();
      await closed;
    },
  };
}

function configuration({
  bindings,
  compatibilityDate = '2026-01-01',
  compatibilityFlags = [],
}: WorkerOptions): string {
  const text = JSON.stringify;
  const bound = Object.entries(bindings).map(
    ([name, value]) => `(name = ${text(name)}, text = ${text(value)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "worker", worker = .worker),
        (name = "internet", network = (allow = ["private"])),
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
    );
    const worker :Workerd.Worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = ${text(compatibilityDate)},
      compatibilityFlags = [${compatibilityFlags.map((flag) => text(flag)).join(', ')}],
      bindings = [${bound.join(', ')}],
    );`;
}
