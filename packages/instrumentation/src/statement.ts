import type { Attributes, Context } from '@opentelemetry/api';
import { type ListeningCommand, listeningCommands } from './listening-commands';
import { sanitizeSql, summarizeSql } from './sql';
import { isSpace } from './sql/lexer';
import type { Target } from './target';

/** Characters of a statement that are looked at and reported; what is longer is cut before it costs. */
export const STATEMENT_LIMIT = 8192;
/** How far before the limit white space is looked for, so that no word is cut in two. */
const WORD_LIMIT = 256;
/** Targets on which one statement is prepared at a time. */
const MAX_TARGETS = 1000;
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
  /** No limit applies to how long it takes. */
  readonly isLongByNature: boolean;
  #sanitized: string | undefined;
  #recent: PreparedStatement | undefined;
  #others: Map<Target, PreparedStatement> | undefined;

  constructor(text: string, summary: string = summarizeSql(text)) {
    this.text = text;
    this.summary = summary;
    this.listening = listeningCommands(this.summary, text);
    // Replication commands are no SQL, and have no summary.
    this.isLongByNature = LONG_BY_NATURE.test(this.summary || text.trimStart());
  }

  /** Computed at first need: an unsampled process never pays for it. */
  get sanitized(): string {
    if (this.#sanitized === undefined) this.#sanitized = this.sanitize();
    return this.#sanitized;
  }

  /** What may be reported when values are bound. */
  get parameterised(): string {
    return this.text;
  }

  protected sanitize(): string {
    return sanitizeSql(this.text);
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
    if (this.#recent === undefined) {
      this.#recent = new PreparedStatement(this, target);
      return this.#recent;
    }
    this.#others ??= new Map();
    let prepared = this.#others.get(target);
    if (prepared === undefined) {
      if (this.#others.size >= MAX_TARGETS) this.#others.clear();
      prepared = new PreparedStatement(this, target);
      this.#others.set(target, prepared);
    }
    return prepared;
  }
}

/**
 * The first {@link STATEMENT_LIMIT} characters as a string of their own: a slice would keep the whole text alive
 * for as long as a span that carries it. JSON is what makes a copy in any runtime.
 */
export function cut(text: string): string {
  if (text.length <= STATEMENT_LIMIT) return text;
  return JSON.parse(JSON.stringify(text.slice(0, endOfCut(text)))) as string;
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
