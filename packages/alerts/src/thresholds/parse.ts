import { type Document, isCollection, isMap, isScalar, LineCounter } from 'yaml';
import type { Thresholds } from '../rules/rule';
import { checkPlain } from './plain';
import { type Path, type Problem, problemsOf, settingOf, ThresholdsError } from './problem';
import { readYaml } from './read-yaml';
import { resolve } from './resolve';
import { fileSchema } from './schema';

/** Finding the position of each problem takes time, and nobody reads more problems. */
const MAX_PROBLEMS = 100;

/**
 * Parses a thresholds file (YAML 1.2, which includes JSON) and resolves its defaults and overrides.
 *
 * @param file the name of the file, for messages
 * @throws {ThresholdsError} with the first syntax error, or the first 100 other mistakes, each with file, line, setting
 *   and accepted values
 * @example
 * const thresholds = parseThresholds(readFileSync('thresholds.yaml', 'utf8'), 'thresholds.yaml');
 */
export function parseThresholds(text: string, file = 'thresholds.yaml'): Thresholds {
  const lines = new LineCounter();
  const located = (offset: number, setting: string, message: string) => {
    const { line, col: column } = lines.linePos(offset);
    return { line, column, setting, message };
  };
  const read = readYaml(text, lines);
  if ('message' in read) throw new ThresholdsError(file, [located(read.offset, '', read.message)]);
  const resolved = resolvedOf(read.plain);
  if ('rules' in resolved) return resolved;
  const problems = resolved
    .slice(0, MAX_PROBLEMS)
    .map(({ path, message }) => located(offsetOf(read.document, path), settingOf(path), message))
    .sort((one, other) => one.line - other.line || one.column - other.column);
  throw new ThresholdsError(file, problems);
}

function resolvedOf(plain: unknown): Thresholds | readonly Problem[] {
  const unwritable = [...checkPlain(plain)];
  if (unwritable.length > 0) return unwritable;
  const { data, error } = fileSchema.safeParse(plain);
  return data === undefined ? error.issues.flatMap(problemsOf) : resolve(data);
}

/** The offset of the key at a path, or of the nearest existing one. */
function offsetOf({ contents }: Document, path: Path): number {
  let node: unknown = contents;
  let offset = startOf(node);
  for (const part of path) {
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part))
      : undefined;
    node = node.get(part, true);
    if (pair === undefined && node === undefined) break;
    offset = startOf(pair?.key ?? node);
  }
  return offset;
}

function startOf(node: unknown): number {
  return (node as { range?: [number, number, number] } | null)?.range?.[0] ?? 0;
}
