import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageVersion } from '../../package-version';
import type { Finding } from '../finding';

/** A package as the application in a folder would load it. */
export interface InstalledPackage {
  readonly file: string;
  readonly version: string;
}

/** What pg-otel itself would load. */
const sdkNodeFile = (): string => require.resolve('@opentelemetry/sdk-node');

/** Looked up as `require` in that folder would; undefined when it is not installed there. */
export function installed(name: string, from: string): InstalledPackage | undefined {
  try {
    const file = realpathSync(createRequire(path.join(from, 'index.js')).resolve(name));
    return { file, version: packageVersion(file) };
  } catch {
    return undefined;
  }
}

/** The lines of OpenTelemetry JS by the minor version of their 0.x packages, and the Node each asks for. */
const lines = [
  { from: 300, name: '3.x', node: [22, 15] },
  { from: 200, name: '2.x', node: [20, 6] },
] as const;

export function checkNode(): Finding {
  const { node } = process.versions;
  if (isAtLeast(node, [20, 0])) return { check: 'node', status: 'ok', message: `Node ${node}` };
  return {
    check: 'node',
    status: 'problem',
    message: `Node ${node} is older than what pg-otel supports`,
    advice: 'Use Node 20 or newer.',
  };
}

export function checkInstallation(cwd: string): Finding {
  const here = realpathSync(require.resolve('../../index.js'));
  const ofApplication = installed('pg-otel', cwd);
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
    advice: 'Run npm install pg-otel in the folder of the application, and there npx pg-otel doctor.',
  };
}

export function checkOpenTelemetry(): Finding {
  const version = packageVersion(sdkNodeFile());
  const minor = Number(version.split('.')[1]);
  const line = lines.find(({ from }) => minor >= from) ?? lines[1];
  const isSupported = isAtLeast(process.versions.node, line.node);
  return {
    check: 'opentelemetry',
    status: isSupported ? 'ok' : 'problem',
    message: `OpenTelemetry JS ${line.name} (@opentelemetry/sdk-node ${version})`,
    ...(isSupported
      ? {}
      : {
          advice:
            `It needs Node ${line.node.join('.')} or newer, this is ${process.versions.node}. Update Node, or stay on ` +
            '2.x: npm install @opentelemetry/sdk-node@0.223 @opentelemetry/instrumentation@0.223 @opentelemetry/api@1.9',
        }),
    details: { line: line.name, sdkNode: version },
  };
}

/** Copies of the API share providers only when their versions are equal; the one that is too old sees nothing. */
export function checkApi(cwd: string): Finding {
  const users = { application: cwd, 'pg-otel': __dirname, 'sdk-node': path.dirname(sdkNodeFile()) };
  const copies = new Map<string, { version: string; usedBy: string[] }>();
  for (const [user, folder] of Object.entries(users)) {
    const found = installed('@opentelemetry/api', folder);
    if (found === undefined) continue;
    const copy = copies.get(found.file) ?? { version: found.version, usedBy: [] };
    copy.usedBy.push(user);
    copies.set(found.file, copy);
  }
  const found = [...copies.values()];
  const versions = new Set(found.map(({ version }) => version));
  const details = { copies: found };
  if (versions.size <= 1) {
    const message = `@opentelemetry/api ${[...versions][0]}${found.length > 1 ? `, ${found.length} copies` : ''}`;
    return { check: 'api', status: 'ok', message, details };
  }
  return {
    check: 'api',
    status: 'problem',
    message: found.map(({ version, usedBy }) => `${version} (${usedBy.join(', ')})`).join(' and '),
    advice: 'Install one version of @opentelemetry/api: npm ls @opentelemetry/api shows who brings which.',
    details,
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
  const bundlers = ['esbuild', 'webpack', 'rollup', '@vercel/ncc'].filter((name) =>
    existsSync(path.join(cwd, 'node_modules', name)),
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

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ofMajor = 0, ofMinor = 0] = version.split('.').map(Number);
  return ofMajor > major || (ofMajor === major && ofMinor >= minor);
}
