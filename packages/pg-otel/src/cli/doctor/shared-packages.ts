import { createRequire } from 'node:module';
import path from 'node:path';
import type { Finding } from '../finding';
import { type InstalledPackage, installed } from './installed';
import { packageManagerOf } from './package-manager';

/** A major version of OpenTelemetry JS. Its 0.x packages are recognized by their minor version. */
interface Major {
  readonly name: string;
  readonly from: number;
  readonly node: readonly [major: number, minor: number];
  readonly apiMinor: number;
  readonly versions: string;
}

const majors: readonly [Major, Major] = [
  { name: '3.x', from: 300, node: [22, 15], apiMinor: 10, versions: versions('1.10', '0.301') },
  { name: '2.x', from: 200, node: [20, 6], apiMinor: 9, versions: versions('1.9', '0.223') },
];

function versions(api: string, others: string): string {
  return `@opentelemetry/api@${api} @opentelemetry/sdk-node@${others} @opentelemetry/instrumentation@${others}`;
}

const names = ['@opentelemetry/api', '@opentelemetry/sdk-node', '@opentelemetry/instrumentation'] as const;
type Name = (typeof names)[number];

/**
 * Checks that the packages which pg-otel shares with the application are installed and of the same major version.
 * Package managers only warn when they are not.
 */
export function checkOpenTelemetry(cwd: string): Finding {
  const found = new Map<Name, InstalledPackage>();
  for (const name of names) {
    const one = installed(name, __dirname);
    if (one !== undefined) found.set(name, one);
  }
  const sdkNode = found.get('@opentelemetry/sdk-node');
  const major = sdkNode && majorOf(sdkNode.version);
  const problem = missing(found) ?? (major && (tooNewForNode(major) ?? mixed(major, found)));
  const details = { major: major?.name, sdkNode: sdkNode?.version };
  if (problem === undefined) {
    const message = `OpenTelemetry JS ${major?.name} (@opentelemetry/sdk-node ${sdkNode?.version})`;
    return { check: 'opentelemetry', status: 'ok', message, details };
  }
  const wanted = major !== undefined && runsHere(major) ? major : (majors.find(runsHere) ?? majors[1]);
  const advice = `${packageManagerOf(cwd).add} ${wanted.versions}`;
  return { check: 'opentelemetry', status: 'problem', message: problem, advice, details };
}

function missing(found: ReadonlyMap<Name, InstalledPackage>): string | undefined {
  const absent = names.filter((name) => !found.has(name));
  return absent.length === 0 ? undefined : `${absent.join(', ')}: not installed where pg-otel finds it`;
}

function tooNewForNode(major: Major): string | undefined {
  if (runsHere(major)) return undefined;
  return `OpenTelemetry JS ${major.name} needs Node ${major.node.join('.')} or newer, this is ${process.versions.node}`;
}

function mixed({ name, apiMinor, from }: Major, found: ReadonlyMap<Name, InstalledPackage>) {
  const others = [...found].filter(([one, { version }]) =>
    one === '@opentelemetry/api' ? minorOf(version) !== apiMinor : majorOf(version).from !== from,
  );
  if (others.length === 0) return undefined;
  const listed = others.map(([one, { version }]) => `${one} ${version}`).join(', ');
  const sdkNode = found.get('@opentelemetry/sdk-node')?.version;
  return `${listed}: not of OpenTelemetry JS ${name}, as @opentelemetry/sdk-node ${sdkNode} is`;
}

/** Copies of the API share providers only if their versions are equal. */
export function checkApi(cwd: string): Finding {
  const users = { application: cwd, 'pg-otel': __dirname, 'sdk-node': folderOfSdkNode() };
  const copies = new Map<string, { version: string; usedBy: string[] }>();
  for (const [user, folder] of Object.entries(users)) {
    const found = folder === undefined ? undefined : installed('@opentelemetry/api', folder);
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
    advice: `Install one version of @opentelemetry/api; ${packageManagerOf(cwd).why} @opentelemetry/api shows which packages depend on which version.`,
    details,
  };
}

function folderOfSdkNode(): string | undefined {
  try {
    return path.dirname(createRequire(__filename).resolve('@opentelemetry/sdk-node'));
  } catch {
    return undefined;
  }
}

function majorOf(version: string): Major {
  return majors.find(({ from }) => minorOf(version) >= from) ?? majors[1];
}

function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}

function runsHere({ node: [major, minor] }: Major): boolean {
  const [ofMajor = 0, ofMinor = 0] = process.versions.node.split('.').map(Number);
  return ofMajor > major || (ofMajor === major && ofMinor >= minor);
}
