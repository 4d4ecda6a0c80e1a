import type { Attributes, Context } from '@opentelemetry/api';
import { type ListeningCommand, listeningCommands } from './listening-commands';
import { isSpace } from './sql/lexer';
import { certainPart } from './sql/readable';
import { sanitizeSql } from './sql/sanitize';
import { mayChangeStrings } from './sql/string-setting';
import { summarizeSql } from './sql/summarize';
import type { Target } from './target';
import { copyText } from './text-copies';

/** Characters of a statement that are looked at and reported; what is longer is cut before it costs. */
export const STATEMENT_LIMIT = 8192;
/** How far before the limit white space is looked for, so that no word is cut in two. */
const WORD_LIMIT = 256;
/**
 * Characters of statements per generation of what keeps them, of which there are at most two: 8 MB, as each is kept as
 * written and sanitised, of two bytes at most.
 */
export const GENERATION_CHARACTERS = 2_000_000;
/**
 * Statements on further targets per generation, of which there are at most two: a service with a database for each
 * tenant prepares every statement on each. At some 700 bytes they take 14 MB at most.
 */
const GENERATION_PREPARED = 10_000;
/** Commands that take as long as there is something to send. */
const LONG_BY_NATURE = /^(copy|listen|start_replication|base_backup)\b/i;

/** One histogram with one set of attributes: everything a value needs is prepared, recording looks nothing up. */
export interface Series {
  record(value: number, context: Context): void;
}

/** A statement on a target: what each execution of it would otherwise build anew. The observers fill their part at first use. */
export class PreparedStatement {
  readonly statement: Statement;
  readonly target: Target;
  /** Span attributes with the text as written, for executions with bound values. */
  spanAttributes: Attributes | undefined;
  /** Span attributes with the sanitised text, for executions without. */
  sanitizedSpanAttributes: Attributes | undefined;
  /** Span attributes without a text. */
  textlessSpanAttributes: Attributes | undefined;
  durationSeries: Series | undefined;
  rowsSeries: Series | undefined;

  constructor(statement: Statement, target: Target) {
    this.statement = statement;
    this.target = target;
  }
}

/** A statement's text and what is derived from it, once. */
export class Statement {
  /** As written, cut at {@link STATEMENT_LIMIT} characters. */
  readonly text: string;
  /** `db.query.summary`; empty when the text names no operation. */
  readonly summary: string;
  /** Commands that decide to what a connection listens; `undefined` without any. */
  readonly listening: readonly ListeningCommand[] | undefined;
  /** See {@link mayChangeStrings}. */
  readonly changesStrings: boolean;
  /** No limit applies to how long it takes. */
  readonly isLongByNature: boolean;
  /** A server has read it without a syntax error, so that what it is taken for is what it is. */
  isAccepted = false;
  /** What of the text is read as the server reads it: {@link readableSql}. */
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
    this.changesStrings = mayChangeStrings(whole);
    // Replication commands are no SQL, and have no summary.
    this.isLongByNature = LONG_BY_NATURE.test(this.summary || text.trimStart());
  }

  /** Computed at first need: an unsampled process never pays for it. */
  get sanitized(): string {
    if (this.#sanitized === undefined) {
      const sanitized = this.sanitize();
      // It is put together from pieces, and V8 keeps those, at 50 bytes each, until something copies them.
      this.#sanitized = sanitized === this.text ? this.text : copyText(sanitized);
    }
    return this.#sanitized;
  }

  /** What may be reported when values are bound. */
  get parameterised(): string {
    return this.text;
  }

  protected sanitize(): string {
    return sanitizeSql(this.#readable);
  }

  /** The text for when it is not known whether a server has read it. */
  get sanitizedIfUnread(): string {
    return sanitizeSql(certainPart(this.#readable)).trimEnd();
  }

  /** {@link parameterised} for when it is not known whether a server has read the text. */
  get parameterisedIfUnread(): string {
    return this.text;
  }

  /** The summary for when it is not known whether a server has read the text. */
  get summaryIfUnread(): string {
    return summarizeSql(certainPart(this.#readable));
  }

  /** What it counts where statements are kept, in characters of {@link GENERATION_CHARACTERS}. */
  get size(): number {
    return this.text.length;
  }

  /** Whether nothing of {@link parameterised} depends on how the text is read. */
  get isAsWritten(): boolean {
    return true;
  }

  get isSanitized(): boolean {
    return this.#sanitized !== undefined;
  }

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

/** Statements on targets beyond the first of each; what was not used for a generation is forgotten. */
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
      // It may be in no cache any more.
      this.#youngCharacters += statement.size;
    }
    ofStatement.set(target, prepared);
    this.#youngSize += 1;
    return prepared;
  }
}

const furtherTargets = new FurtherTargets();

/** The first {@link STATEMENT_LIMIT} characters as a string of their own. */
export function cut(text: string): string {
  if (text.length <= STATEMENT_LIMIT) return text;
  return copyText(text.slice(0, endOfCut(text)));
}

/**
 * The last white space near the limit: half a table's name in the summary would be a table that does not exist.
 * Without any, a surrogate pair is not cut in two.
 */
function endOfCut(text: string): number {
  for (let end = STATEMENT_LIMIT; end >= STATEMENT_LIMIT - WORD_LIMIT; end -= 1) {
    if (isSpace(text.charCodeAt(end))) return end;
  }
  const last = text.charCodeAt(STATEMENT_LIMIT - 1);
  return last >= 0xd800 && last <= 0xdbff ? STATEMENT_LIMIT - 1 : STATEMENT_LIMIT;
}
