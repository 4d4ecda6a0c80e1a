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
 * Prepared statements per generation, for targets other than the first of a statement. A service with one database per
 * tenant uses each statement on every database. There are two generations at most: at about 700 bytes per prepared
 * statement, they take 14 MB at most.
 */
const GENERATION_PREPARED = 10_000;
/** Commands whose duration depends on the amount of data or notifications, not on the server's speed. */
const LONG_BY_NATURE = /^(copy|listen|start_replication|base_backup)\b/i;

/** One histogram with one set of attributes. Everything is prepared, so that recording a value needs no look-up. */
export interface Series {
  record(value: number, context: Context): void;
}

/** Caches values that are the same for each execution of a statement on a target. Observers add them at first use. */
export class PreparedStatement {
  readonly statement: Statement;
  readonly target: Target;
  /** Span attributes with the text as written, for executions with bound values. */
  spanAttributes: Attributes | undefined;
  /** Span attributes with the sanitised text, for executions without bound values. */
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

/** The text of a statement, and the values derived from it, such as its summary. */
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
  /** Whether its duration has no meaningful limit: COPY, LISTEN and replication commands. */
  readonly isLongByNature: boolean;
  /**
   * Whether a server has parsed it without a syntax error. Until then, {@link sanitizedIfUnread} and
   * {@link summaryIfUnread} are reported.
   */
  isAccepted = false;
  /** The result of {@link readableSql}. */
  readonly #readable: string;
  #sanitized: string | undefined;
  #first: PreparedStatement | undefined;

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

  /** The text without literals, computed at first use, because a process without sampled spans does not need it. */
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

  /** The text to report instead of {@link sanitized} until a server has parsed it. */
  get sanitizedIfUnread(): string {
    return sanitizeSql(certainPart(this.#readable)).trimEnd();
  }

  /** The text to report instead of {@link parameterised} until a server has parsed it. */
  get parameterisedIfUnread(): string {
    return this.text;
  }

  /** The summary to report instead of {@link summary} until a server has parsed the text. */
  get summaryIfUnread(): string {
    return summarizeSql(certainPart(this.#readable));
  }

  /** Its size in a cache, in characters; {@link GENERATION_CHARACTERS} is the limit. */
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

  /** Returns the cached values for this statement on a target. */
  on(target: Target): PreparedStatement {
    const first = this.#first;
    if (first !== undefined && first.target === target) return first;
    return this.#onOther(target);
  }

  #onOther(target: Target): PreparedStatement {
    if (this.#first !== undefined) return furtherTargets.prepared(this, target);
    this.#first = new PreparedStatement(this, target);
    return this.#first;
  }
}

/**
 * Prepared statements for all targets but a statement's first. Entries that were not used for a generation are removed.
 */
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
 * Finds where to cut: at the last white space near the limit, because half of a table's name in the summary would look
 * like another table. Without white space there, it cuts at the limit, without splitting a surrogate pair.
 */
function endOfCut(text: string): number {
  for (let end = STATEMENT_LIMIT; end >= STATEMENT_LIMIT - WORD_LIMIT; end -= 1) {
    if (isSpace(text.charCodeAt(end))) return end;
  }
  const last = text.charCodeAt(STATEMENT_LIMIT - 1);
  return last >= 0xd800 && last <= 0xdbff ? STATEMENT_LIMIT - 1 : STATEMENT_LIMIT;
}
