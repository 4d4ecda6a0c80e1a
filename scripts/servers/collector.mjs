import { mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from '../steps/command.mjs';
import { COMPILER_FLAGS, go, goEnvironment, needGo } from './go-module.mjs';

/** Builds the collector of a manifest; the OpenTelemetry Collector Builder, too. @throws Unavailable */
export async function buildCollector({ builderVersion, manifest }, folder) {
  needGo();
  const workshop = path.join(folder, 'workshop');
  mkdirSync(workshop);
  const builder = `go.opentelemetry.io/collector/cmd/builder@${builderVersion}`;
  await go(['install', `-gcflags=${COMPILER_FLAGS}`, builder], { cwd: workshop, env: { GOBIN: workshop } });
  // It writes a main package below the current folder, and compiles it.
  await run(path.join(workshop, 'builder'), [`--config=${manifest}`, `--gcflags=${COMPILER_FLAGS}`], {
    cwd: workshop,
    env: goEnvironment(),
  });
  renameSync(path.join(workshop, '_build/otelcol-pg'), path.join(folder, 'otelcol-pg'));
  rmSync(workshop, { recursive: true });
}
