import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageVersion } from '../../package-version';
import type { Finding } from '../finding';
import { packageManagerOf } from './package-manager';

/** A package as the application in a folder would load it. */
export interface InstalledPackage {
  readonly file: string;
  readonly version: string;
}

/** Looked up as `require` in that folder would; undefined when it is not installed there. */
export function installed(name: string, from: string): InstalledPackage | undefined {
  try {
    const file = realpathSync(createRequire(path.join(from, 'index.js')).resolve(name));
    return { file, version: packageVersion(file) };
  } catch {
    return undefined;
  }
}

export function checkNode(): Finding {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 3))
    return { check: 'node', status: 'ok', message: `Node ${node}` };
  return {
    check: 'node',
    status: 'problem',
    message: `Node ${node} is older than what pg-otel supports`,
    advice: 'Use Node 20.3 or newer.',
  };
}

export function checkInstallation(cwd: string): Finding {
  const here = realpathSync(require.resolve('../../index.js'));
  const ofApplication = installed('pg-otel', cwd);
  const manager = packageManagerOf(cwd);
  const version = packageVersion(here);
  if (ofApplication?.file === here) {
    return { check: 'pg-otel', status: 'ok', message: `pg-otel ${version}` };
  }
  return {
    check: 'pg-otel',
    status: 'problem',
    message:
      ofApplication === undefined
        ? `pg-otel is not installed in ${cwd}; this is ${version} from elsewhere`
        : `${cwd} has pg-otel ${ofApplication.version}, this is another copy (${version})`,
    advice: `In the folder of the application: ${manager.add} pg-otel, and ${manager.run} pg-otel doctor.`,
  };
}

/** Two instrumentations of one driver: ours then stands down. */
export function checkDoubled(cwd: string): Finding {
  const auto = installed('@opentelemetry/auto-instrumentations-node', cwd);
  const standard =
    installed('@opentelemetry/instrumentation-pg', cwd) ??
    (auto === undefined
      ? undefined
      : installed('@opentelemetry/instrumentation-pg', path.dirname(auto.file)));
  if (standard === undefined) {
    return { check: 'doubled', status: 'ok', message: 'no other instrumentation of pg is installed' };
  }
  return {
    check: 'doubled',
    status: 'note',
    message: `@opentelemetry/instrumentation-pg ${standard.version} is installed${auto === undefined ? '' : ' (by auto-instrumentations-node)'}`,
    advice:
      'When it is enabled as well, the spans and query durations of pg-otel stand down: remove it, or set ' +
      'OTEL_NODE_DISABLED_INSTRUMENTATIONS=pg.',
    details: { version: standard.version },
  };
}

/** A bundler resolves `pg` at build time, and no hook sees it. */
export function checkBundling(cwd: string): Finding {
  const bundlers = ['esbuild', 'webpack', 'rollup', '@vercel/ncc'].filter(
    (name) => installed(name, cwd) !== undefined,
  );
  return {
    check: 'bundling',
    status: 'note',
    message:
      bundlers.length === 0
        ? 'a bundled application cannot be seen from here'
        : `${bundlers.join(', ')} installed: a bundle that contains pg cannot be seen from here`,
    advice: "Keep pg external, or call instrument(pg) of @pg-otel/instrumentation in the bundle's source.",
    details: { bundlers },
  };
}
