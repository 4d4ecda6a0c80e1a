import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { type Installation, installationFolder, placeInInstallation } from '@pg-otel/testkit';

export interface WorkerSource {
  /** Whose packages it gets. */
  readonly installation: Installation;
  /** A folder of modules. */
  readonly folder: string;
  /** The text of a module next to them, or the name of one of them. */
  readonly entry: { readonly source: string } | { readonly file: string };
  readonly isMinified?: boolean;
  /** Modules that are left out. */
  readonly external?: readonly string[];
}

export interface WorkerBundle {
  readonly code: string;
  /** The modules in the bundle, by their path in the installation. */
  readonly inputs: readonly string[];
  /** Modules that the runtime must provide. */
  readonly imports: readonly string[];
}

/** The modules that the tests make workers of. */
export const workers = path.join(__dirname, 'workers');

/**
 * Bundles a worker as Cloudflare's own tool does for one that asks for no Node compatibility. What is left to the
 * runtime is `node:async_hooks` at most; any other built-in of Node's is an import that leads nowhere.
 *
 * @throws for such an import, and for one of a name that a module does not export
 */
export async function bundleWorker({
  installation,
  folder,
  entry,
  isMinified = false,
  external = [],
}: WorkerSource): Promise<WorkerBundle> {
  const esbuild = createRequire(path.join(installationFolder(installation), 'package.json'))('esbuild');
  const placed = placeInInstallation(installation, folder);
  try {
    const { outputFiles, metafile, warnings } = await esbuild.build({
      ...('source' in entry
        ? { stdin: { contents: entry.source, resolveDir: placed } }
        : { entryPoints: [path.join(placed, entry.file)] }),
      bundle: true,
      write: false,
      minify: isMinified,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      conditions: ['workerd', 'worker'],
      external: ['node:async_hooks', ...external],
      absWorkingDir: installationFolder(installation),
      logLevel: 'silent',
    });
    if (warnings.length > 0) throw new Error(warnings.map(({ text }: { text: string }) => text).join('\n'));
    const [output] = Object.values(metafile.outputs) as { imports: { path: string }[] }[];
    return {
      code: outputFiles[0].text,
      inputs: Object.keys(metafile.inputs),
      imports: output?.imports.map((imported) => imported.path) ?? [],
    };
  } finally {
    rmSync(placed, { recursive: true });
  }
}
