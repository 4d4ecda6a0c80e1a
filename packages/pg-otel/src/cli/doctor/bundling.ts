import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Finding } from '../finding';
import { installed } from './installed';

interface Tool {
  /** The package that the application depends on. */
  readonly package: string;
  /** What keeps a driver out of its bundle. */
  readonly setting: (driver: string) => string;
}

/** Tools that bundle the server of an application. Frameworks come first: they bring a bundler. */
const TOOLS: readonly Tool[] = [
  { package: 'next', setting: (driver) => `add serverExternalPackages: ['${driver}'] to next.config` },
  {
    package: '@sveltejs/adapter-node',
    setting: (driver) =>
      `move ${driver} from devDependencies to dependencies (npm install --save-prod ${driver}), and build again`,
  },
  {
    package: 'nuxt',
    setting: (driver) => `add nitro: { externals: { external: ['${driver}'] } } to nuxt.config`,
  },
  { package: 'nitropack', setting: (driver) => `add externals: { external: ['${driver}'] } to nitro.config` },
  {
    package: 'nitro',
    setting: (driver) => `add traceDeps: ['${driver}'] to nitro.config, or to nitro() in vite.config`,
  },
  { package: 'vite', setting: (driver) => `add ssr: { external: ['${driver}'] } to vite.config` },
  { package: 'esbuild', setting: (driver) => `add --external:${driver}` },
  { package: 'webpack', setting: (driver) => `add externals: ['${driver}'] to webpack.config` },
  { package: 'rollup', setting: (driver) => `add external: ['${driver}'] to rollup.config` },
];

const INSTRUMENT = "call instrument() of @pg-otel/instrumentation in the bundle's source";

/** How to keep a driver out of a bundle, with the tool that the application depends on. */
export function keepOutOfBundle(driver: string, cwd: string): string {
  const dependencies = dependenciesOf(cwd);
  const tool = TOOLS.find((one) => one.package in dependencies);
  if (tool === undefined) return `Keep ${driver} out of the bundle, or ${INSTRUMENT}.`;
  return `In ${tool.package}, ${tool.setting(driver)}. Or ${INSTRUMENT}.`;
}

function dependenciesOf(cwd: string): object {
  try {
    const manifest = JSON.parse(readFileSync(path.join(cwd, 'package.json'), 'utf8'));
    return { ...manifest.dependencies, ...manifest.devDependencies };
  } catch {
    return {};
  }
}

/** Whether a bundle has the driver is visible only in the running program. */
export function checkBundling(cwd: string): Finding {
  const dependencies = dependenciesOf(cwd);
  const bundlers = [...TOOLS.map((tool) => tool.package), '@vercel/ncc'].filter(
    (name) => name in dependencies || installed(name, cwd) !== undefined,
  );
  return {
    check: 'bundling',
    status: 'note',
    message:
      bundlers.length === 0
        ? 'whether the application is bundled is not visible here'
        : `${bundlers.join(', ')} installed: whether a bundle contains the driver is not visible here`,
    advice: `Run pg-otel doctor -- node app.js with the built program. If a bundle contains the driver, keep it external, or ${INSTRUMENT}.`,
    details: { bundlers },
  };
}
