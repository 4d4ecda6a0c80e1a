import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseThresholds, type Thresholds } from '@pg-otel/alerts';
import { repository } from '@pg-otel/testkit';

/** Thresholds files that outputs are tested with: those we ship, and one with many overrides and nasty texts. */
export const THRESHOLDS = {
  shipped: path.join(repository, 'collector-config/thresholds.yaml'),
  overrides: path.join(__dirname, 'overrides.yaml'),
} as const;

export function readThresholds(name: keyof typeof THRESHOLDS): Thresholds {
  return parseThresholds(fs.readFileSync(THRESHOLDS[name], 'utf8'), THRESHOLDS[name]);
}

/** Writes what a compiler made into a temporary folder, for programs that read files. */
export function writeCompiled(files: readonly { readonly path: string; readonly content: string }[]): {
  readonly folder: string;
  remove(): void;
} {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pg-otel-compiled-'));
  for (const file of files) {
    const target = path.join(folder, file.path);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, file.content);
  }
  return { folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
}
