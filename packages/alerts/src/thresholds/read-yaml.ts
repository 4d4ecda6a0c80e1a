import {
  Composer,
  CST,
  type Document,
  isScalar,
  Lexer,
  type LineCounter,
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

interface Mistake {
  readonly offset: number;
  readonly message: string;
}

/**
 * Parses YAML 1.2 in linear time. `parseDocument` of the library is not linear: it compares each key of a map with all
 * others, and keeps an error for each character after the first error.
 *
 * @param lines receives the starts of the lines
 */
export function readYaml(text: string, lines: LineCounter): { document: Document; plain: unknown } | Mistake {
  lines.addNewLine(0);
  const tokens = tokensOf(text, lines);
  if (typeof tokens === 'string') return { offset: 0, message: tokens };
  const composer = new Composer({ prettyErrors: false, logLevel: 'error', uniqueKeys: false });
  const composed = composer.compose(tokens, true, text.length) as Iterable<Document.Parsed>;
  const [document, second] = [...composed] as [Document.Parsed, Document.Parsed?];
  const mistake = syntaxErrorOf(document) ?? moreThanOne(second) ?? repeatedKey(document);
  if (mistake !== undefined) return { ...mistake, message: `is not YAML: ${mistake.message}` };
  try {
    // Limits aliases: `yaml` throws if they expand an anchor more than a hundred times, or have none.
    return { document, plain: document.toJS() };
  } catch (error) {
    return { offset: 0, message: `cannot be read: ${firstLine(String(error))}` };
  }
}

/** Returns the tokens, or what is too much. Stops there, since recursion over a deeply nested file would overflow the stack. */
function tokensOf(text: string, lines: LineCounter): CST.Token[] | string {
  if (text.length > MAX_CHARACTERS) {
    return `must be at most ${MAX_CHARACTERS} characters, has ${text.length}`;
  }
  const tokens: CST.Token[] = [];
  const parser = new Parser(lines.addNewLine);
  const counts = { alias: 0, items: 0, error: 0 };
  let type: CST.TokenType | null = null;
  for (const lexeme of new Lexer().lex(text)) {
    // The lexeme after this type is the text of the scalar.
    type = type === 'scalar' ? null : CST.tokenType(lexeme);
    if (type === 'alias') counts.alias++;
    if (type !== null && SEPARATORS.has(type)) counts.items++;
    for (const token of parser.next(lexeme)) {
      if (token.type !== 'error' || ++counts.error <= MAX_ERRORS) tokens.push(token);
    }
    if (parser.stack.length > MAX_LEVELS) return 'is nested too deeply';
    if (counts.alias > MAX_ALIASES) return `must have at most ${MAX_ALIASES} aliases (*name)`;
    if (counts.items > MAX_ITEMS) return `must have at most ${MAX_ITEMS} keys and elements`;
  }
  return [...tokens, ...parser.end()];
}

/** Each key or element has at least one of them. */
const SEPARATORS = new Set<CST.TokenType>(['comma', 'map-value-ind', 'explicit-key-ind', 'seq-item-ind']);

/** Prefers the error about a tab, which may follow the errors that the tab caused. */
function syntaxErrorOf({ errors }: Document): Mistake | undefined {
  const isTab = ({ code }: YAMLParseError) => code === 'TAB_AS_INDENT';
  const error = errors.find(isTab) ?? errors[0];
  if (error === undefined) return undefined;
  const message = isTab(error) ? 'the line is indented by a tab, use spaces' : firstLine(error.message);
  return { offset: error.pos[0], message };
}

function moreThanOne(second: Document.Parsed | undefined): Mistake | undefined {
  return second && { offset: second.range[0], message: 'the file has more than one document' };
}

function repeatedKey(document: Document): Mistake | undefined {
  let repeated: Mistake | undefined;
  visit(document, {
    Map(_key, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          repeated = { offset: key.range?.[0] ?? 0, message: 'Map keys must be unique' };
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return repeated;
}
