import { createRequire } from 'node:module';
import * as path from 'node:path';
import { place } from './fixture';
import { type Installation, installationFolder } from './installations';

export interface BundleOptions {
  readonly installation: Installation;
  /** An ESM program. */
  readonly source: string;
  readonly format: 'cjs' | 'esm';
  /** Whether our packages are bundled too. */
  readonly withOurs: boolean;
  /** Whether OpenTelemetry is bundled too. Default: false. */
  readonly withOpenTelemetry?: boolean;
  /** Whether an ESM bundle gets a `require`. Default: true. */
  readonly withRequire?: boolean;
  /** Further options of esbuild. */
  readonly options?: {
    readonly keepNames?: boolean;
    readonly minify?: boolean;
    readonly external?: readonly string[];
  };
}

/** CommonJS packages in an ESM bundle of esbuild need a `require`. */
const REQUIRE =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** Bundles a program and `pg` with the esbuild of an installation. Returns the path of the bundle. */
export async function bundle({
  installation,
  source,
  format,
  withOurs,
  withOpenTelemetry = false,
  withRequire = true,
  options = {},
}: BundleOptions): Promise<string> {
  const esbuild = createRequire(path.join(installationFolder(installation), 'package.json'))('esbuild');
  const outfile = place(installation, '', format === 'cjs' ? 'cjs' : 'mjs');
  await esbuild.build({
    entryPoints: [place(installation, source, 'mjs')],
    outfile,
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format,
    ...options,
    external: [
      'pg-native',
      ...(withOpenTelemetry ? [] : ['@opentelemetry/*']),
      ...(withOurs ? [] : ['@pg-otel/*']),
      ...(options.external ?? []),
    ],
    banner: format === 'esm' && withRequire ? { js: REQUIRE } : {},
    logLevel: 'error',
  });
  return outfile;
}
