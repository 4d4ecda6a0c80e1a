import { LONGEST_SUMMARY } from './sql/summary';
import { cut, Statement } from './statement';

interface BatchPart {
  readonly statement: Statement;
  readonly isParameterised: boolean;
}

/** What a statement of a batch takes besides its texts, in characters. */
const PART_SIZE = 32;

/**
 * Statements sent in one request (semconv, database spans): text and summary are those of each, when all have the
 * same; otherwise the texts are joined by `; `, and the summary is `BATCH`.
 */
export class BatchStatement extends Statement {
  readonly #parts: readonly BatchPart[];

  constructor(parts: readonly BatchPart[]) {
    super(
      joined(parts, ({ text }) => text),
      undefined,
      batchSummary(parts.map(({ statement }) => statement.summary)),
    );
    this.#parts = parts;
  }

  /** A statement of the batch without bound values may hold its values itself. */
  override get parameterised(): string {
    return joined(this.#parts, (statement, isBound) => (isBound ? statement.text : statement.sanitized));
  }

  override get isAsWritten(): boolean {
    return this.#parts.every(({ isParameterised }) => isParameterised);
  }

  /** The texts of its statements are kept, too. */
  override get size(): number {
    return this.#parts.reduce((sum, { statement }) => sum + 2 * statement.size + PART_SIZE, 0);
  }

  override get parameterisedIfUnread(): string {
    return joined(this.#parts, (statement, isBound) => (isBound ? statement.text : asFarAsRead(statement)));
  }

  override get sanitizedIfUnread(): string {
    return joined(this.#parts, asFarAsRead);
  }

  override get summaryIfUnread(): string {
    return batchSummary(
      this.#parts.map(({ statement }) =>
        statement.isAccepted ? statement.summary : statement.summaryIfUnread,
      ),
    );
  }

  protected override sanitize(): string {
    return joined(this.#parts, ({ sanitized }) => sanitized);
  }
}

/** A statement of the batch may have been read on its own. */
const asFarAsRead = (statement: Statement): string =>
  statement.isAccepted ? statement.sanitized : statement.sanitizedIfUnread;

function batchSummary(summaries: readonly string[]): string {
  const [common = ''] = summaries;
  const isCommon = common !== '' && summaries.every((summary) => summary === common);
  const summary = isCommon ? `BATCH ${common}` : 'BATCH';
  // What does not fit whole ends it.
  return summary.length <= LONGEST_SUMMARY
    ? summary
    : summary.slice(0, summary.lastIndexOf(' ', LONGEST_SUMMARY));
}

function joined(
  parts: readonly BatchPart[],
  textOf: (statement: Statement, isParameterised: boolean) => string,
): string {
  const texts = parts.map(({ statement, isParameterised }) => textOf(statement, isParameterised));
  const [first = ''] = texts;
  return texts.every((text) => text === first) ? first : cut(texts.join('; '));
}
