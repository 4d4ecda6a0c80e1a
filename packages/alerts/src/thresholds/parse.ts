import {
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  type YAMLMap,
  type YAMLParseError,
} from 'yaml';
import type { Thresholds } from '../rules/rule';
import { checkPlain } from './plain';
import { firstLine, type LocatedProblem, problemsOf, settingOf, ThresholdsError } from './problem';
import { resolve } from './resolve';
import { fileSchema } from './schema';

type Document = ReturnType<typeof parseDocument>;

/** Twenty times the shipped file. The time of the parser grows with the square of keys and errors. */
const MOST_CHARACTERS = 64 * 1024;
/** Nobody reads more of them, and each is looked up in the file. */
const MOST_PROBLEMS = 100;
const TOO_DEEP = 'it is nested too deeply';

/**
 * Reads a thresholds file (YAML 1.2, so JSON as well) and resolves its defaults and overrides.
 *
 * @param file its name, for messages
 * @throws {ThresholdsError} with the first 100 mistakes (of syntax errors the first): file, line, the setting, and what is accepted
 * @example
 * const thresholds = parseThresholds(readFileSync('thresholds.yaml', 'utf8'), 'thresholds.yaml');
 */
export function parseThresholds(text: string, file = 'thresholds.yaml'): Thresholds {
  const unreadable = (message: string) =>
    new ThresholdsError(file, [{ line: 1, column: 1, setting: '', message }]);
  if (text.length > MOST_CHARACTERS) {
    throw unreadable(`must be at most ${MOST_CHARACTERS} characters, has ${text.length}`);
  }
  const lines = new LineCounter();
  const document = readable(
    // Its warnings would be written to stderr with what the file holds.
    () => parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' }),
    unreadable,
  );
  const located = (offset: number, setting: string, message: string): LocatedProblem => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, setting, message };
  };
  const syntaxError = causeOf(document);
  if (syntaxError !== undefined) {
    throw new ThresholdsError(file, [
      located(syntaxError.pos[0], '', `is not YAML: ${described(syntaxError)}`),
    ]);
  }
  // Anchors are welcome, a bomb of them is not: `yaml` stops at a hundred copies.
  const plain: unknown = readable(() => document.toJS(), unreadable);
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

/** One syntax error makes the parser report each line after it; a tab may be reported after what it caused. */
function causeOf({ errors }: Document): YAMLParseError | undefined {
  return errors.find(({ code }) => code === 'TAB_AS_INDENT') ?? errors[0];
}

function described({ code, message }: YAMLParseError): string {
  if (code === 'TAB_AS_INDENT') return 'the line is indented by a tab, use spaces';
  if (message.startsWith('Maximum call stack')) return TOO_DEEP;
  return firstLine(message);
}

function resolvedOf(plain: unknown): ReturnType<typeof resolve> {
  const problems = checkPlain(plain);
  if (problems.length > 0) return { problems };
  const parsed = fileSchema.safeParse(plain);
  return parsed.success ? resolve(parsed.data) : { problems: parsed.error.issues.flatMap(problemsOf) };
}

/** The parser throws for too many aliases, and leaves the stack where a document is too deep for it. */
function readable<T>(read: () => T, unreadable: (message: string) => Error): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(error instanceof RangeError ? TOO_DEEP : `cannot be read: ${firstLine(String(error))}`);
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
