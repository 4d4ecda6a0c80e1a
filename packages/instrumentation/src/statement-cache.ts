import { BatchStatement } from './batch-statement';
import { type Reading, readableSql } from './sql/readable';
import { cut, GENERATION_CHARACTERS, STATEMENT_LIMIT, Statement } from './statement';
import { internedText } from './text-copies';

/** Statements per generation of the cache, which has two generations at most. */
const GENERATION_STATEMENTS = 1000;

/**
 * Caches statements by their text, bounded in number and size. It uses two generations instead of an LRU list, so that a
 * hit writes nothing; statements that were not used during a whole generation are removed with it.
 */
export class StatementCache {
  #young = new Map<string, Statement>();
  #old = new Map<string, Statement>();
  #youngCharacters = 0;

  /**
   * @param hasStandardStrings whether `standard_conforming_strings` is known to be on, so that a backslash is ordinary
   * text
   */
  get(text: string, hasStandardStrings: boolean): Statement {
    const asStandard = this.#young.get(text);
    // The most frequent case: the text is not searched for a backslash.
    if (asStandard !== undefined && (hasStandardStrings || !asStandard.hasBackslash)) return asStandard;
    const key = hasStandardStrings || !text.includes('\\') ? text : `\0\\${text}`;
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const isCut = text.length > STATEMENT_LIMIT;
    if (isCut) return statementOf(cut(text), { isCut, hasStandardStrings }, text);
    const statement =
      this.#old.get(key) ?? statementOf(internedText(text), { isCut, hasStandardStrings }, text);
    return this.#keep(key === text ? statement.text : internedText(key), statement);
  }

  /**
   * The statement for several queries in one request.
   *
   * @param queries at least two
   */
  batch(
    queries: readonly { readonly text: string; readonly isParameterised: boolean }[],
    hasStandardStrings: boolean,
  ): Statement {
    const key = queries.map(({ text, isParameterised }) => (isParameterised ? '\0$' : '\0') + text).join('');
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const batch =
      this.#old.get(key) ??
      new BatchStatement(
        queries.map(({ text, isParameterised }) => ({
          statement: this.get(text, hasStandardStrings),
          isParameterised,
        })),
      );
    return key.length > STATEMENT_LIMIT ? batch : this.#keep(key, batch);
  }

  #keep(key: string, statement: Statement): Statement {
    if (this.#young.size >= GENERATION_STATEMENTS || this.#youngCharacters > GENERATION_CHARACTERS) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngCharacters = 0;
    }
    this.#young.set(key, statement);
    this.#youngCharacters += statement.size;
    return statement;
  }
}

const statementOf = (text: string, reading: Reading, whole: string): Statement =>
  new Statement(text, readableSql(text, reading), undefined, whole);
