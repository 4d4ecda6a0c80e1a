import { canNameRelation, keywordAt } from './keywords';
import { COMMENT, END, Lexer, PUNCTUATION, QUOTED_NAME, STRING, type TokenKind, WORD } from './lexer';

/** Goes through a text token by token, without its comments, and knows keywords. */
export class Cursor {
  readonly text: string;
  kind: TokenKind = END;
  /** The current word as a keyword in lower case; '' for every other token. */
  keyword = '';
  /** The current punctuation mark; '' for every other token. */
  mark = '';
  start = 0;
  end = 0;
  private readonly lexer: Lexer;

  constructor(text: string) {
    this.text = text;
    this.lexer = new Lexer(text);
    this.advance();
  }

  advance(): void {
    const lexer = this.lexer;
    let kind = lexer.next();
    while (kind === COMMENT) kind = lexer.next();
    this.kind = kind;
    this.start = lexer.start;
    this.end = lexer.end;
    this.keyword = kind === WORD ? keywordAt(this.text, lexer.start, lexer.end) : '';
    this.mark = kind === PUNCTUATION ? (this.text[lexer.start] as string) : '';
  }

  /** Makes the text end here. */
  stop(): void {
    this.lexer.end = this.text.length;
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

  /** Moves on when the current word is this keyword. */
  accept(keyword: string): boolean {
    if (this.keyword !== keyword) return false;
    this.advance();
    return true;
  }

  acceptMark(mark: string): boolean {
    if (this.mark !== mark) return false;
    this.advance();
    return true;
  }

  /** Runs a function that moves on, and comes back to where it began. */
  lookAhead(look: () => boolean): boolean {
    const { kind, keyword, mark, start, end } = this;
    const result = look();
    this.lexer.start = start;
    this.lexer.end = end;
    this.kind = kind;
    this.keyword = keyword;
    this.mark = mark;
    this.start = start;
    this.end = end;
    return result;
  }

  /** Moves on when the current token is a word, whatever it means elsewhere. */
  passWord(): void {
    if (this.kind === WORD) this.advance();
  }

  /** Moves to the next of these words, outside of parentheses or not. */
  passTo(...keywords: string[]): void {
    while (!this.isOver && !keywords.includes(this.keyword)) this.advance();
  }

  /** Moves behind all of these words that stand here, in any order. */
  skipWords(keywords: ReadonlySet<string>): void {
    while (keywords.has(this.keyword)) this.advance();
  }

  /** True at `;` and at the end of the text. */
  get isOver(): boolean {
    return this.kind === END || this.mark === ';';
  }

  /** True when the current token can begin the name of a relation. */
  get isRelationName(): boolean {
    return this.kind === WORD
      ? canNameRelation(this.keyword)
      : this.kind === QUOTED_NAME && !this.lexer.isOpen;
  }

  /**
   * Reads `name`, `schema.name` or `database.schema.name`, and moves behind it.
   * @returns the name as written, without white space and comments between its parts
   */
  readName(): string {
    let name = this.written;
    this.advance();
    this.skipUnicodeEscape();
    while (this.mark === '.') {
      this.advance();
      if (this.kind !== WORD && (this.kind !== QUOTED_NAME || this.lexer.isOpen)) break;
      name = `${name}.${this.written}`;
      this.advance();
      this.skipUnicodeEscape();
    }
    return name;
  }

  /** `U&"…" UESCAPE '!'`: the escape character is a literal and no part of the name. */
  private skipUnicodeEscape(): void {
    if (this.keyword !== 'uescape') return;
    this.advance();
    if (this.kind === STRING) this.advance();
  }

  /** From `(` moves behind the parenthesis that closes it. */
  skipParentheses(): void {
    this.advance();
    this.passLevel();
    this.acceptMark(')');
  }

  /** Moves to the parenthesis that closes this level, or to the end of the statement. */
  passLevel(): void {
    let depth = 0;
    while (!this.isOver) {
      if (this.mark === '(') depth++;
      else if (this.mark === ')' && --depth < 0) return;
      this.advance();
    }
  }
}
