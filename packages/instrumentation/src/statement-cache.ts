import { BatchStatement } from './batch-statement';
import { type Reading, readableSql } from './sql/readable';
import { cut, GENERATION_CHARACTERS, STATEMENT_LIMIT, Statement } from './statement';
import { internedText } from './text-copies';

/** Statements per generation of the cache; it holds at most two generations. */
const GENERATION_STATEMENTS = 1000;

/**
 * Statements by text, bounded in number and size. Two generations instead of an LRU list: a hit writes nothing;
 * what was not asked for during a whole generation is forgotten with it.
 */
export class StatementCache {
  #young = new Map<string, Statement>();
  #old = new Map<string, Statement>();
  #youngCharacters = 0;

  /** @param hasStandardStrings whether that is known of the connection: a text may be another statement without */
  get(text: string, hasStandardStrings: boolean): Statement {
    const key = hasStandardStrings || !text.includes('\\') ? text : `\0\\${text}`;
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const isCut = text.length > STATEMENT_LIMIT;
    if (isCut) return statementOf(cut(text), { isCut, hasStandardStrings }, text);
    const statement =
      this.#old.get(key) ?? statementOf(internedText(text), { isCut, hasStandardStrings }, text);
    return this.#keep(key === text ? statement.text : internedText(key), statement);
  }

  /** @param queries two or more */
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
