import type { Attributes, Context } from '@opentelemetry/api';
import { sanitizeSql, summarizeSql } from './sql';
import { isSpace } from './sql/lexer';
import type { Target } from './target';

/** Characters of a statement that are looked at and reported; what is longer is cut before it costs. */
export const STATEMENT_LIMIT = 8192;
/** How far before the limit white space is looked for, so that no word is cut in two. */
const WORD_LIMIT = 256;
/** Statements per generation of the cache; it holds at most two generations. */
const GENERATION_STATEMENTS = 1000;
/** Characters per generation, so that many long statements stay bounded too. */
const GENERATION_CHARACTERS = 2_000_000;
/** Characters of a `db.query.summary` (semconv: 255). */
const SUMMARY_LIMIT = 255;
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
  /** No limit applies to how long it takes. */
  readonly isLongByNature: boolean;
  #sanitized: string | undefined;
  #recent: PreparedStatement | undefined;
  #others: Map<Target, PreparedStatement> | undefined;

  constructor(text: string, summary: string = summarizeSql(text)) {
    this.text = text;
    this.summary = summary;
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
      if (this.#others.size >= GENERATION_STATEMENTS) this.#others.clear();
      prepared = new PreparedStatement(this, target);
      this.#others.set(target, prepared);
    }
    return prepared;
  }
}

/** One statement of a batch. */
export interface BatchPart {
  readonly text: string;
  readonly isParameterised: boolean;
}

/**
 * Statements sent in one request (semconv, database spans): text and summary are those of each, when all have the
 * same; otherwise the texts are joined by `; `, and the summary is `BATCH`.
 */
class BatchStatement extends Statement {
  readonly #parts: readonly BatchPart[];

  constructor(parts: readonly BatchPart[]) {
    super(joined(parts.map(({ text }) => text)), batchSummary(parts));
    this.#parts = parts.map(({ text, isParameterised }) => ({ text: cut(text), isParameterised }));
  }

  /** A statement of the batch without bound values may hold its values itself. */
  override get parameterised(): string {
    return this.#join((part) => (part.isParameterised ? part.text : sanitizeSql(part.text)));
  }

  protected override sanitize(): string {
    return this.#join(({ text }) => sanitizeSql(text));
  }

  #join(textOf: (part: BatchPart) => string): string {
    return joined(this.#parts.map(textOf));
  }
}

function batchSummary(parts: readonly BatchPart[]): string {
  const summaries = new Set(parts.map(({ text }) => summarizeSql(cut(text))));
  const [common = ''] = summaries;
  const summary = summaries.size === 1 && common !== '' ? `BATCH ${common}` : 'BATCH';
  // What does not fit whole ends it.
  return summary.length <= SUMMARY_LIMIT
    ? summary
    : summary.slice(0, summary.lastIndexOf(' ', SUMMARY_LIMIT));
}

function joined(texts: readonly string[]): string {
  const [first = ''] = texts;
  return cut(texts.every((text) => text === first) ? first : texts.join('; '));
}

/**
 * Statements by text, bounded in number and size. Two generations instead of an LRU list: a hit writes nothing;
 * what was not asked for during a whole generation is forgotten with it.
 */
export class StatementCache {
  #young = new Map<string, Statement>();
  #old = new Map<string, Statement>();
  #youngCharacters = 0;

  get(text: string): Statement {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    if (text.length > STATEMENT_LIMIT) return new Statement(cut(text));
    return this.#keep(text, this.#old.get(text) ?? new Statement(text));
  }

  /** @param parts two or more */
  batch(parts: readonly BatchPart[]): Statement {
    const key = parts.map(({ text, isParameterised }) => `${isParameterised ? '$' : ''}${text}`).join('\0');
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    if (key.length > STATEMENT_LIMIT) return new BatchStatement(parts);
    return this.#keep(key, this.#old.get(key) ?? new BatchStatement(parts));
  }

  #keep(key: string, statement: Statement): Statement {
    if (this.#young.size >= GENERATION_STATEMENTS || this.#youngCharacters > GENERATION_CHARACTERS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCharacters = 0;
    }
    this.#young.set(key, statement);
    this.#youngCharacters += key.length;
    return statement;
  }
}

/**
 * The first {@link STATEMENT_LIMIT} characters as a string of their own: a slice would keep the whole text alive
 * for as long as a span that carries it. JSON is what makes a copy in any runtime.
 */
function cut(text: string): string {
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
