import {
  Composer,
  type CST,
  type Document,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  Parser,
  visit,
  type YAMLParseError,
} from 'yaml';
import { firstLine } from './problem';

/** The maximum size of a file, enough for two thousand rules. */
const MAX_CHARACTERS = 256 * 1024;
/** The maximum number of keys and list elements. A rule has about ten. */
const MAX_ITEMS = 50_000;
/** For each alias, the library searches the entire document for its anchor. */
const MAX_ALIASES = 100;
/** The composer is recursive, and a stack overflow while V8 compiles a regular expression ends the process. */
const MAX_LEVELS = 100;
/** After a syntax error, the parser reports each line that follows. */
const MAX_ERRORS = 20;

export interface YamlFile {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

export interface YamlMistake {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Parses YAML 1.2 in linear time. `parseDocument` of the library is not linear: it compares each key of a map with all
 * others, and keeps an error for each character after the first error.
 */
export function readYaml(text: string): YamlFile | YamlMistake {
  if (text.length > MAX_CHARACTERS) {
    return atStart(`must be at most ${MAX_CHARACTERS} characters, has ${text.length}`);
  }
  const lines = new LineCounter();
  const tokens: CST.Token[] = [];
  let errors = 0;
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (token.type === 'error' && ++errors > MAX_ERRORS) continue;
    const tooMuch = isTooMuch(token);
    if (tooMuch !== undefined) return atStart(tooMuch);
    tokens.push(token);
  }
  const composer = new Composer({ prettyErrors: false, logLevel: 'error', uniqueKeys: false });
  const [document, second] = composer.compose(tokens, true, text.length) as Iterable<Document.Parsed>;
  const at = (offset: number, message: string): YamlMistake => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col, message: `is not YAML: ${message}` };
  };
  if (document === undefined) return atStart('is empty');
  const error = causeOf(document);
  if (error !== undefined) return at(error.pos[0], described(error));
  if (second !== undefined) return at(second.range[0], 'the file has more than one document');
  const repeated = repeatedKey(document);
  if (repeated !== undefined) return at(repeated.range?.[0] ?? 0, 'Map keys must be unique');
  return { document, lines };
}

function atStart(message: string): YamlMistake {
  return { line: 1, column: 1, message };
}

/** Iterates over the levels, since recursion over a deeply nested file would overflow the stack. */
function isTooMuch(token: CST.Token): string | undefined {
  let count = 0;
  let aliases = 0;
  let level = [token];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_LEVELS) return 'is nested too deeply';
    const next: CST.Token[] = [];
    for (const parent of level) {
      if (parent.type === 'alias') aliases++;
      if (parent.type === 'document' && parent.value !== undefined) next.push(parent.value);
      if (!('items' in parent)) continue;
      count += parent.items.length;
      for (const { start, key, value } of parent.items) {
        // A list that consists of commas is one item.
        count += start.filter(({ type }) => type === 'comma').length;
        if (key) next.push(key);
        if (value) next.push(value);
      }
    }
    if (aliases > MAX_ALIASES) return `must have at most ${MAX_ALIASES} aliases (*name)`;
    if (count > MAX_ITEMS) return `must have at most ${MAX_ITEMS} keys and elements`;
    level = next;
  }
  return undefined;
}

/** Prefers the error about a tab, which may follow the errors that the tab caused. */
function causeOf({ errors }: Document): YAMLParseError | undefined {
  return errors.find(({ code }) => code === 'TAB_AS_INDENT') ?? errors[0];
}

function described({ code, message }: YAMLParseError): string {
  return code === 'TAB_AS_INDENT' ? 'the line is indented by a tab, use spaces' : firstLine(message);
}

function repeatedKey(document: Document): Node | undefined {
  let repeated: Node | undefined;
  visit(document, {
    Node(_key, node) {
      if (!isMap(node)) return undefined;
      const seen = new Set<unknown>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          repeated = key;
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return repeated;
}
