import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Installation, installationFolder, repository } from '@pg-otel/testkit';
import { bundleWorker, workers } from './bundle-worker';

const EXTERNAL = { isMinified: true, external: ['@opentelemetry/api'] };

function bundled(installation: Installation, source: string, more = {}) {
  return bundleWorker({ installation, folder: workers, entry: { source }, ...more });
}

/** The sources of our package that are part of a bundle, by the comments in its published files. */
function sourcesIn(installation: Installation, inputs: readonly string[]): string[] {
  const ours = inputs.filter((input) => input.includes('@pg-otel/instrumentation/dist/'));
  return ours.flatMap((input) => {
    const code = readFileSync(path.join(installationFolder(installation), input), 'utf8');
    return [...code.matchAll(/^\/\/ (src\/.*\.ts)$/gm)].map(([, source = '']) => source);
  });
}

describe.each<Installation>(['otel-2', 'otel-3'])('a bundle for the edge, on %s', (installation) => {
  it('has nothing of Node’s in it', async () => {
    const { inputs, imports } = await bundled(installation, `export * from '@pg-otel/instrumentation/edge';`);
    const sources = sourcesIn(installation, inputs);
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.filter((source) => source.startsWith('src/node/'))).toEqual([]);
    expect(inputs.filter((input) => input.includes('@opentelemetry/instrumentation'))).toEqual([]);
    expect(imports).toEqual([]);
  });

  it('has nothing of managed pools in it, which exist in Node only', async () => {
    const { inputs } = await bundled(installation, `export * from '@pg-otel/instrumentation/edge';`);
    expect(sourcesIn(installation, inputs).filter((source) => source.includes('managed-pool'))).toEqual([]);
  });

  it('is refused for the other entries, which need Node', async () => {
    for (const entry of ['', '/register']) {
      const source = `export * from '@pg-otel/instrumentation${entry}';`;
      await expect(bundled(installation, source).then(() => 'a bundle')).rejects.toThrow(
        /Could not resolve "(node:)?\w+"/,
      );
    }
  });
});

it('has the size that docs/guides/lambda-and-edge.md states', async () => {
  const { code } = await bundled('otel-3', `export * from '@pg-otel/instrumentation/edge';`, EXTERNAL);
  const guide = readFileSync(path.join(repository, 'docs/guides/lambda-and-edge.md'), 'utf8');
  const [, plain, zipped] = /(\d+) kB minified, (\d+) kB gzipped/.exec(guide) ?? [];
  const size = { plain: code.length / 1000, zipped: gzipSync(code, { level: 9 }).length / 1000 };
  // With a tolerance, so that small changes of the code need no change of the documents.
  expect(Math.abs(size.plain - Number(plain))).toBeLessThan(0.05 * size.plain);
  expect(Math.abs(size.zipped - Number(zipped))).toBeLessThan(0.05 * size.zipped);
});
