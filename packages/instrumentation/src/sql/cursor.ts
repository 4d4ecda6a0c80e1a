import { canNameRelation, keywordAt } from './keywords';
import { COMMENT, END, Lexer, PUNCTUATION, QUOTED_NAME, STRING, type TokenKind, WORD } from './lexer';

/** Reads a text token by token, skips comments, and recognises keywords. */
export class Cursor {
  readonly text: string;
  kind: TokenKind = END;
  /** The current word as a keyword in lower case; '' for every other token. */
  keyword = '';
  /** The current punctuation mark; '' for every other token. */
  mark = '';
  start = 0;
  end = 0;
  readonly #lexer: Lexer;

  constructor(text: string) {
    this.text = text;
    this.#lexer = new Lexer(text);
    this.advance();
  }

  advance(): void {
    const lexer = this.#lexer;
    let kind = lexer.next();
    while (kind === COMMENT) kind = lexer.next();
    this.kind = kind;
    this.start = lexer.start;
    this.end = lexer.end;
    this.keyword = kind === WORD ? keywordAt(this.text, lexer.start, lexer.end) : '';
    this.mark = kind === PUNCTUATION ? (this.text[lexer.start] as string) : '';
  }

  /** Ends the text at the current token. */
  stop(): void {
    this.#lexer.end = this.text.length;
    this.advance();
  }

  /** The current token as written. */
  get written(): string {
    return this.text.slice(this.start, this.end);
  }

  /** Whether the current word is one of these keywords. */
  is(...keywords: string[]): boolean {
    return keywords.includes(this.keyword);
  }

  /** Moves on if the current word is this keyword. Returns whether it was. */
  accept(keyword: string): boolean {
    if (this.keyword !== keyword) return false;
    this.advance();
    return true;
  }

  /** Moves on if the current token is this punctuation mark. Returns whether it was. */
  acceptMark(mark: string): boolean {
    if (this.mark !== mark) return false;
    this.advance();
    return true;
  }

  /** Runs a function that moves on, and then returns to the current token. */
  lookAhead(look: () => boolean): boolean {
    const { kind, keyword, mark, start, end } = this;
    const result = look();
    this.#lexer.start = start;
    this.#lexer.end = end;
    this.kind = kind;
    this.keyword = keyword;
    this.mark = mark;
    this.start = start;
    this.end = end;
    return result;
  }

  /** Moves on if the current token is any word, including a keyword. */
  passWord(): void {
    if (this.kind === WORD) this.advance();
  }

  /** Moves to the next of these keywords, inside parentheses or not. */
  passTo(...keywords: string[]): void {
    while (!this.isOver && !keywords.includes(this.keyword)) this.advance();
  }

  /** Moves past these keywords, in any order, as long as the current word is one of them. */
  skipWords(keywords: ReadonlySet<string>): void {
    while (keywords.has(this.keyword)) this.advance();
  }

  /** Whether the statement is over: at `;` and at the end of the text. */
  get isOver(): boolean {
    return this.kind === END || this.mark === ';';
  }

  /** Whether the current token can begin the name of a relation. */
  get isRelationName(): boolean {
    return this.kind === WORD
      ? canNameRelation(this.keyword)
      : this.kind === QUOTED_NAME && !this.#lexer.isOpen;
  }

  /**
   * Reads `name`, `schema.name` or `database.schema.name`, and moves past it.
   *
   * @returns the name as written, without white space and comments between its parts
   */
  readName(): string {
    let name = this.written;
    this.advance();
    this.#skipUnicodeEscape();
    while (this.mark === '.') {
      this.advance();
      if (this.kind !== WORD && (this.kind !== QUOTED_NAME || this.#lexer.isOpen)) break;
      name = `${name}.${this.written}`;
      this.advance();
      this.#skipUnicodeEscape();
    }
    return name;
  }

  /** Moves past `UESCAPE '!'` in `U&"…" UESCAPE '!'`: the escape character is a literal and not part of the name. */
  #skipUnicodeEscape(): void {
    if (this.keyword !== 'uescape') return;
    this.advance();
    if (this.kind === STRING) this.advance();
  }

  /** Moves from `(` past its closing parenthesis. */
  skipParentheses(): void {
    this.advance();
    this.passLevel();
    this.acceptMark(')');
  }

  /** Moves to the closing parenthesis of this level, or to the end of the statement. */
  passLevel(): void {
    let depth = 0;
    while (!this.isOver) {
      if (this.mark === '(') depth++;
      else if (this.mark === ')' && --depth < 0) return;
      this.advance();
    }
  }
}
