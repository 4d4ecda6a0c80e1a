import type { Driver } from '../drivers';
import { type LoadedScript, visitNewScripts } from './loaded-scripts';
import type { BundledDriver } from './process-report';

interface DriverSource {
  readonly name: Driver | 'pg-pool';
  /** The path of a file that is always loaded, as in module-hooks.ts and import-hook.ts of the instrumentation. */
  readonly file: RegExp;
  /** A text that minifiers keep, and that pg-otel does not contain. */
  readonly text?: string;
}

/** Neon's driver contains pg, so it comes first. */
const SOURCES: readonly DriverSource[] = [
  {
    name: '@neondatabase/serverless',
    file: /[\\/]@neondatabase[\\/]serverless(@[^\\/]+)?[\\/]index\.m?js$/,
    text: 'Neon-Raw-Text-Output',
  },
  {
    name: 'postgres',
    file: /[\\/]node_modules[\\/](\.[^\\/]+[\\/])?postgres(@[^\\/]+)?[\\/](cjs[\\/])?src[\\/]index\.js$/,
    text: 'Query not called as a tagged template literal',
  },
  {
    name: '@electric-sql/pglite',
    file: /[\\/]@electric-sql[\\/]pglite(@[^\\/]+)?[\\/]dist[\\/]index\.c?js$/,
    text: 'No /dev/blob File or Blob provided',
  },
  {
    name: 'pg',
    file: /[\\/]pg(@[^\\/]+)?[\\/]lib[\\/]client\.js$/,
    text: 'Client has already been connected. You cannot reuse a client.',
  },
  { name: 'pg-pool', file: /[\\/]pg-pool(@[^\\/]+)?[\\/]index\.js$/ },
];

const installed = new Set<string>();
const bundled = new Map<string, BundledDriver>();

/** The drivers that this process has loaded, from their packages or as parts of bundles. */
export function loadedDrivers(): { installed: ReadonlySet<string>; bundled: readonly BundledDriver[] } {
  try {
    visitNewScripts(examine);
  } catch {
    // This Node has no inspector: only instrumented drivers are reported.
  }
  return { installed, bundled: [...bundled.values()] };
}

function examine({ url, contains }: LoadedScript): void {
  const ofPackage = SOURCES.find(({ file }) => file.test(url));
  if (ofPackage !== undefined) installed.add(ofPackage.name);
  else if (mayBeBundle(url)) {
    const found = SOURCES.find(({ text }) => text !== undefined && contains(text));
    if (found !== undefined) bundled.set(found.name, { name: found.name, file: url });
  }
}

/** Not a file of a package. Tools put their output into folders such as `node_modules/.vite`. */
function mayBeBundle(url: string): boolean {
  const withinPackages = url
    .split(/[\\/]node_modules[\\/]/)
    .slice(1)
    .at(-1);
  return !url.startsWith('node:') && (withinPackages === undefined || withinPackages.startsWith('.'));
}
