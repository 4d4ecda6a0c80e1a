import { LONGEST_SUMMARY } from './sql/summary';
import { cut, Statement } from './statement';

interface BatchPart {
  readonly statement: Statement;
  readonly isParameterised: boolean;
}

/**
 * Statements sent in one request (semconv, database spans): text and summary are those of each, when all have the
 * same; otherwise the texts are joined by `; `, and the summary is `BATCH`.
 */
export class BatchStatement extends Statement {
  readonly #parts: readonly BatchPart[];

  constructor(parts: readonly BatchPart[]) {
    super(
      joined(parts, ({ text }) => text),
      batchSummary(parts),
    );
    this.#parts = parts;
  }

  /** A statement of the batch without bound values may hold its values itself. */
  override get parameterised(): string {
    return joined(this.#parts, (statement, isBound) => (isBound ? statement.text : statement.sanitized));
  }

  protected override sanitize(): string {
    return joined(this.#parts, ({ sanitized }) => sanitized);
  }
}

function batchSummary(parts: readonly BatchPart[]): string {
  const [common = ''] = parts.map(({ statement }) => statement.summary);
  const isCommon = common !== '' && parts.every(({ statement }) => statement.summary === common);
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
