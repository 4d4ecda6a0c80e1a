import { type Document, isCollection, isMap, isScalar, type YAMLMap } from 'yaml';
import type { Thresholds } from '../rules/rule';
import { checkPlain } from './plain';
import { firstLine, type LocatedProblem, problemsOf, settingOf, ThresholdsError } from './problem';
import { readYaml } from './read-yaml';
import { resolve } from './resolve';
import { fileSchema } from './schema';

/** Nobody reads more of them, and each is looked up in the file. */
const MOST_PROBLEMS = 100;

/**
 * Reads a thresholds file (YAML 1.2, so JSON as well) and resolves its defaults and overrides.
 *
 * @param file its name, for messages
 * @throws {ThresholdsError} with the first 100 mistakes (of syntax errors the first): file, line, the setting, and what is accepted
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
  // Anchors are welcome, a bomb of them is not: `yaml` stops at a hundred copies.
  const plain: unknown = plainOf(document, file);
  const resolved = resolvedOf(plain);
  if ('problems' in resolved) {
    throw new ThresholdsError(
      file,
      resolved.problems
        .slice(0, MOST_PROBLEMS)
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

/** @throws {ThresholdsError} for too many aliases, and those without an anchor */
function plainOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    const message = `cannot be read: ${firstLine(String(error))}`;
    throw new ThresholdsError(file, [{ line: 1, column: 1, setting: '', message }]);
  }
}

/** Of the key that the path leads to, else of the nearest one that is there. */
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
