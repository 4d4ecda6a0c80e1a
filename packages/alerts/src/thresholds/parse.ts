import { type Document, isCollection, isMap, isScalar, type YAMLMap } from 'yaml';
import type { Thresholds } from '../rules/rule';
import { checkPlain } from './plain';
import { firstLine, type LocatedProblem, problemsOf, settingOf, ThresholdsError } from './problem';
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
  const read = readYaml(text);
  if ('message' in read) throw new ThresholdsError(file, [{ ...read, setting: '' }]);
  const { document, lines } = read;
  const located = (offset: number, setting: string, message: string): LocatedProblem => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, setting, message };
  };
  // Limits aliases: `yaml` throws if they expand an anchor more than a hundred times.
  const plain: unknown = plainOf(document, file);
  const resolved = resolvedOf(plain);
  if ('problems' in resolved) {
    throw new ThresholdsError(
      file,
      resolved.problems
        .slice(0, MAX_PROBLEMS)
        .map(({ path, message }) => located(offsetOf(document, path), settingOf(path), message))
        .sort((one, other) => one.line - other.line || one.column - other.column),
    );
  }
  return resolved.thresholds;
}

function resolvedOf(plain: unknown): ReturnType<typeof resolve> {
  const problems = checkPlain(plain);
  if (problems.length > 0) return { problems };
  const parsed = fileSchema.safeParse(plain);
  return parsed.success ? resolve(parsed.data) : { problems: parsed.error.issues.flatMap(problemsOf) };
}

/** @throws {ThresholdsError} if there are too many aliases, or an alias has no anchor */
function plainOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const message = `cannot be read: ${firstLine(String(error))}`;
    throw new ThresholdsError(file, [{ line: 1, column: 1, setting: '', message }]);
  }
}

/** The offset of the key at a path, or of the nearest existing one. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node);
  for (const part of path) {
    if (!isCollection(node)) break;
    const key = isMap(node) ? keyOf(node, part) : undefined;
    const next = node.get(part, true);
    if (key === undefined && next === undefined) break;
    offset = key ?? startOf(next);
    node = next;
  }
  return offset;
}

function keyOf(map: YAMLMap, name: PropertyKey): number | undefined {
  const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
  return pair === undefined ? undefined : startOf(pair.key);
}

function startOf(node: unknown): number {
  return (node as { range?: [number, number, number] } | null)?.range?.[0] ?? 0;
}
