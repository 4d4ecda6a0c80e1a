import type { Attributes, Context } from '@opentelemetry/api';
import { type ListeningCommand, listeningCommands } from './listening-commands';
import { isSpace } from './sql/lexer';
import { certainPart } from './sql/readable';
import { sanitizeSql } from './sql/sanitize';
import { mayChangeStrings } from './sql/string-setting';
import { summarizeSql } from './sql/summarize';
import type { Target } from './target';
import { copyText } from './text-copies';

/** The longest statement that is processed and reported, in characters; longer ones are cut first, to bound the cost. */
export const STATEMENT_LIMIT = 8192;
/** How many characters before the limit are searched for white space, so that no word is cut in two. */
const WORD_LIMIT = 256;
/**
 * Characters of statements per generation of a cache, which has two generations at most. This bounds a cache to 8 MB:
 * statements are kept as written and sanitised, with at most two bytes per character.
 */
export const GENERATION_CHARACTERS = 2_000_000;
/**
 * Statements on further targets per generation, of which there are two at most: a service with one database per tenant
 * prepares every statement on each. At about 700 bytes each, they take 14 MB at most.
 */
const GENERATION_PREPARED = 10_000;
/** Commands whose duration depends on the amount of data or notifications, not on the server's speed. */
const LONG_BY_NATURE = /^(copy|listen|start_replication|base_backup)\b/i;

/** One histogram with one set of attributes. Everything is prepared, so that recording a value needs no look-up. */
export interface Series {
  record(value: number, context: Context): void;
}

/** Caches what every execution of a statement on a target would otherwise build again. Observers fill in their part at first use. */
export class PreparedStatement {
  readonly statement: Statement;
  readonly target: Target;
  /** Span attributes with the text as written, for executions with bound values. */
  spanAttributes: Attributes | undefined;
  /** Span attributes with the sanitised text, for executions without. */
  sanitizedSpanAttributes: Attributes | undefined;
  /** Span attributes without the text. */
  textlessSpanAttributes: Attributes | undefined;
  durationSeries: Series | undefined;
  rowsSeries: Series | undefined;

  constructor(statement: Statement, target: Target) {
    this.statement = statement;
    this.target = target;
  }
}

/** The text of a statement and everything that is derived from it once. */
export class Statement {
  /** As written, cut at {@link STATEMENT_LIMIT} characters. */
  readonly text: string;
  /** `db.query.summary`; empty when the text contains no known operation. */
  readonly summary: string;
  /** The commands that change which channels a connection listens to; `undefined` when there are none. */
  readonly listening: readonly ListeningCommand[] | undefined;
  /** Whether `standard_conforming_strings` may decide how it is read. */
  readonly hasBackslash: boolean;
  /** Whether it may change `standard_conforming_strings`: {@link mayChangeStrings}. */
  readonly changesStrings: boolean;
  /** Whether it may run for any time, so that no limit applies: COPY, LISTEN and replication commands. */
  readonly isLongByNature: boolean;
  /** Whether a server has parsed it without a syntax error, which proves that it was read correctly here. */
  isAccepted = false;
  /** The part of the text that is read as the server reads it: {@link readableSql}. */
  readonly #readable: string;
  #sanitized: string | undefined;
  #recent: PreparedStatement | undefined;

  /** @param whole the text before it was cut */
  constructor(
    text: string,
    readable: string = text,
    summary: string = summarizeSql(readable),
    whole: string = text,
  ) {
    this.text = text;
    this.#readable = readable;
    this.summary = summary;
    this.listening = listeningCommands(this.summary, text);
    this.hasBackslash = whole.includes('\\');
    this.changesStrings = mayChangeStrings(whole);
    // Replication commands are not SQL, and have no summary.
    this.isLongByNature = LONG_BY_NATURE.test(this.summary || text.trimStart());
  }

  /** The text without literals, computed when it is first needed: a process that samples nothing never pays for it. */
  get sanitized(): string {
    if (this.#sanitized === undefined) {
      const sanitized = this.sanitize();
      // V8 keeps the pieces of a concatenated string, at 50 bytes each, until the string is copied.
      this.#sanitized = sanitized === this.text ? this.text : copyText(sanitized);
    }
    return this.#sanitized;
  }

  /** The text to report for an execution with bound values. */
  get parameterised(): string {
    return this.text;
  }

  protected sanitize(): string {
    return sanitizeSql(this.#readable);
  }

  /** {@link sanitized}, while it is not known whether a server can parse the text. */
  get sanitizedIfUnread(): string {
    return sanitizeSql(certainPart(this.#readable)).trimEnd();
  }

  /** {@link parameterised}, while it is not known whether a server can parse the text. */
  get parameterisedIfUnread(): string {
    return this.text;
  }

  /** {@link summary}, while it is not known whether a server can parse the text. */
  get summaryIfUnread(): string {
    return summarizeSql(certainPart(this.#readable));
  }

  /** Its size in a cache, in characters: {@link GENERATION_CHARACTERS}. */
  get size(): number {
    return this.text.length;
  }

  /** Whether {@link parameterised} is the text as written, independent of how it is parsed. */
  get isAsWritten(): boolean {
    return true;
  }

  /** Whether {@link sanitized} has been computed. */
  get isSanitized(): boolean {
    return this.#sanitized !== undefined;
  }

  /** Returns what is prepared for this statement on a target. */
  on(target: Target): PreparedStatement {
    const recent = this.#recent;
    if (recent !== undefined && recent.target === target) return recent;
    return this.#onOther(target);
  }

  #onOther(target: Target): PreparedStatement {
    if (this.#recent !== undefined) return furtherTargets.prepared(this, target);
    this.#recent = new PreparedStatement(this, target);
    return this.#recent;
  }
}

/** Prepared statements on further targets; entries that were not used for a generation are removed. */
class FurtherTargets {
  #young = new Map<Statement, Map<Target, PreparedStatement>>();
  #old = new Map<Statement, Map<Target, PreparedStatement>>();
  #youngSize = 0;
  #youngCharacters = 0;

  prepared(statement: Statement, target: Target): PreparedStatement {
    const young = this.#young.get(statement)?.get(target);
    if (young !== undefined) return young;
    const prepared = this.#old.get(statement)?.get(target) ?? new PreparedStatement(statement, target);
    if (this.#youngSize >= GENERATION_PREPARED || this.#youngCharacters > GENERATION_CHARACTERS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngSize = 0;
      this.#youngCharacters = 0;
    }
    let ofStatement = this.#young.get(statement);
    if (ofStatement === undefined) {
      ofStatement = new Map();
      this.#young.set(statement, ofStatement);
      // The statement may no longer be in the statement cache.
      this.#youngCharacters += statement.size;
    }
    ofStatement.set(target, prepared);
    this.#youngSize += 1;
    return prepared;
  }
}

const furtherTargets = new FurtherTargets();

/** A copy of at most the first {@link STATEMENT_LIMIT} characters. */
export function cut(text: string): string {
  if (text.length <= STATEMENT_LIMIT) return text;
  return copyText(text.slice(0, endOfCut(text)));
}

/**
 * Finds where to cut: at the last white space near the limit, because half a table's name in the summary would be a table
 * that does not exist; otherwise at the limit, without splitting a surrogate pair.
 */
function endOfCut(text: string): number {
  for (let end = STATEMENT_LIMIT; end >= STATEMENT_LIMIT - WORD_LIMIT; end -= 1) {
    if (isSpace(text.charCodeAt(end))) return end;
  }
  const last = text.charCodeAt(STATEMENT_LIMIT - 1);
  return last >= 0xd800 && last <= 0xdbff ? STATEMENT_LIMIT - 1 : STATEMENT_LIMIT;
}
