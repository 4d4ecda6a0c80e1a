import { createRequire } from 'node:module';
import * as path from 'node:path';
import { type Line, lineFolder } from '@pg-otel/testkit';
import { place } from './application';

export interface BundleOptions {
  readonly line: Line;
  /** An ESM program. */
  readonly source: string;
  readonly format: 'cjs' | 'esm';
  /** Whether our packages are bundled too. */
  readonly withOurs: boolean;
  /** Whether OpenTelemetry is bundled too. Default: false. */
  readonly withOpenTelemetry?: boolean;
  /** Whether an ESM bundle gets a `require`. Default: true. */
  readonly withRequire?: boolean;
  /** More of esbuild's. */
  readonly options?: { readonly keepNames?: boolean; readonly external?: readonly string[] };
}

/** What esbuild needs for CommonJS packages in an ESM bundle. */
const REQUIRE =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** Bundles a program, `pg` inside, with the esbuild of a line; returns the path of the result. */
export async function bundle({
  line,
  source,
  format,
  withOurs,
  withOpenTelemetry = false,
  withRequire = true,
  options = {},
}: BundleOptions): Promise<string> {
  const esbuild = createRequire(path.join(lineFolder(line), 'package.json'))('esbuild');
  const outfile = place(line, '', format === 'cjs' ? 'cjs' : 'mjs');
  await esbuild.build({
    entryPoints: [place(line, source, 'mjs')],
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
