import { LONGEST_SUMMARY } from './sql/summary';
import { cut, Statement } from './statement';

interface BatchPart {
  readonly statement: Statement;
  readonly isParameterised: boolean;
}

/** The overhead of each statement in a batch, in addition to its texts, in characters. */
const PART_SIZE = 32;

/**
 * Several statements sent in one request (semconv, database spans). Equal statements share their text and summary;
 * different texts are joined by `; `, and different summaries become `BATCH`.
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

  /** Statements of the batch without bound values are sanitised, because they may contain literals. */
  override get parameterised(): string {
    return joined(this.#parts, (statement, isBound) => (isBound ? statement.text : statement.sanitized));
  }

  override get isAsWritten(): boolean {
    return this.#parts.every(({ isParameterised }) => isParameterised);
  }

  /** Includes the statements of the batch, which stay in memory with it. */
  override get size(): number {
    return this.#parts.reduce((sum, { statement }) => sum + 2 * statement.size + PART_SIZE, 0);
  }

  override get parameterisedIfUnread(): string {
    return joined(this.#parts, (statement, isBound) =>
      isBound ? statement.text : reportableText(statement),
    );
  }

  override get sanitizedIfUnread(): string {
    return joined(this.#parts, reportableText);
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

/** The sanitised text, in full only if a server has parsed the statement before, in another request. */
const reportableText = (statement: Statement): string =>
  statement.isAccepted ? statement.sanitized : statement.sanitizedIfUnread;

function batchSummary(summaries: readonly string[]): string {
  const [common = ''] = summaries;
  const isCommon = common !== '' && summaries.every((summary) => summary === common);
  const summary = isCommon ? `BATCH ${common}` : 'BATCH';
  // The summary ends before a part that does not fit.
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
