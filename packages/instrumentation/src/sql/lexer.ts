/**
 * PostgreSQL's lexical rules (src/backend/parser/scan.l of PostgreSQL 18, standard_conforming_strings on) in one forward
 * pass. Nothing is copied: a token is a kind and two offsets. It never throws, and its time is linear in the length of the
 * text.
 */

/** The end of the text. */
export const END = 0;
/** An unquoted identifier or a keyword. */
export const WORD = 1;
/** `"name"` or `U&"name"`. */
export const QUOTED_NAME = 2;
/** `$1` */
export const PARAMETER = 3;
/** A string of any kind: `'…'`, `E'…'`, `B'…'`, `X'…'`, `N'…'`, `U&'…'`, `$tag$…$tag$`. */
export const STRING = 4;
/** A number without a sign, as in PostgreSQL. */
export const NUMBER = 5;
export const OPERATOR = 6;
/** One of `( ) [ ] , ; . :` */
export const PUNCTUATION = 7;
export const COMMENT = 8;
/** A character that is not part of SQL, such as NUL or a backslash. */
export const STRAY = 9;

export type TokenKind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

// Character classes of the code units below 128. All higher ones are part of an identifier, as are all bytes of
// multi-byte characters in scan.l.
const SPACE = 1;
const LETTER = 2;
const DIGIT = 3;
const OPERATOR_CHARACTER = 4;
const PUNCTUATION_CHARACTER = 5;
const QUOTE = 6;
const DOUBLE_QUOTE = 7;
const DOLLAR = 8;

const CLASS = new Uint8Array(128);
function classify(characters: string, characterClass: number): void {
  for (let i = 0; i < characters.length; i++) CLASS[characters.charCodeAt(i)] = characterClass;
}
classify(' \t\n\r\f\v', SPACE);
classify('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_', LETTER);
classify('0123456789', DIGIT);
classify('~!@#^&|`?+-*/%<>=', OPERATOR_CHARACTER);
classify('()[],;.:', PUNCTUATION_CHARACTER);
classify("'", QUOTE);
classify('"', DOUBLE_QUOTE);
classify('$', DOLLAR);

/** An operator that contains one of these may end in + or -. */
const KEEPS_SIGN = new Uint8Array(128);
for (const character of '~!@#^&|`?%') KEEPS_SIGN[character.charCodeAt(0)] = 1;

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const DOUBLE_QUOTE_CHARACTER = 34;
const AMPERSAND = 38;
const QUOTE_CHARACTER = 39;
const ASTERISK = 42;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const SLASH = 47;
const ZERO = 48;
const COLON = 58;
const EQUALS = 61;
const BACKSLASH = 92;
const UNDERSCORE = 95;

function classOf(character: number): number {
  return character < 128 ? (CLASS[character] as number) : LETTER;
}

/** The code unit at an offset; 0 after the end, where charCodeAt returns NaN, which is slower than integers. */
function codeAt(text: string, at: number): number {
  return at < text.length ? text.charCodeAt(at) : 0;
}

export function isSpace(character: number): boolean {
  return classOf(character) === SPACE;
}

function continuesName(character: number): boolean {
  const characterClass = classOf(character);
  return characterClass === LETTER || characterClass === DIGIT || characterClass === DOLLAR;
}

/** Splits a text into tokens. */
export class Lexer {
  readonly text: string;
  /** Offset of the current token's first code unit. */
  start = 0;
  /** Offset after the current token. */
  end = 0;
  /** Whether the current string, quoted name or comment is not closed. */
  isOpen = false;
  /** The end of a run of + and -, each of which is an operator. It is stored so that the time for the run is linear. */
  #signsEnd = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Moves to the next token. Comments are tokens, white space is not. */
  next(): TokenKind {
    const text = this.text;
    let at = this.end;
    let character = codeAt(text, at);
    let characterClass = classOf(character);
    while (characterClass === SPACE) {
      character = codeAt(text, ++at);
      characterClass = classOf(character);
    }
    this.start = at;
    switch (characterClass) {
      case LETTER:
        return this.#word(at, character);
      case PUNCTUATION_CHARACTER:
        return this.#punctuation(at, character);
      case OPERATOR_CHARACTER:
        return this.#operator(at, character);
      case DIGIT:
        return this.#number(at);
      case QUOTE:
        return this.#string(at + 1);
      case DOLLAR:
        return this.#dollar(at);
      case DOUBLE_QUOTE:
        return this.#quotedName(at + 1);
      default:
        if (at >= text.length) {
          this.end = text.length;
          return END;
        }
        this.end = at + 1;
        return STRAY;
    }
  }

  #word(start: number, first: number): TokenKind {
    const text = this.text;
    let at = start + 1;
    let character = codeAt(text, at);
    if (character === QUOTE_CHARACTER) {
      switch (first | 0x20) {
        case 0x65: // E'…'
          return this.#escapeString(at + 1);
        case 0x62: // B'…'
        case 0x78: // X'…'
          return this.#bitString(at + 1);
        case 0x6e: // N'…'
          return this.#string(at + 1);
      }
    } else if (character === AMPERSAND && (first | 0x20) === 0x75) {
      const quote = codeAt(text, at + 1);
      if (quote === QUOTE_CHARACTER) return this.#string(at + 2);
      if (quote === DOUBLE_QUOTE_CHARACTER) return this.#quotedName(at + 2);
    }
    while (continuesName(character)) character = codeAt(text, ++at);
    this.end = at;
    return WORD;
  }

  #punctuation(at: number, character: number): TokenKind {
    const following = codeAt(this.text, at + 1);
    if (character === DOT) {
      if (classOf(following) === DIGIT) return this.#number(at);
      if (following === DOT) {
        this.end = at + 2;
        return OPERATOR;
      }
    } else if (character === COLON && (following === COLON || following === EQUALS)) {
      this.end = at + 2;
      return OPERATOR;
    }
    this.end = at + 1;
    return PUNCTUATION;
  }

  #operator(start: number, first: number): TokenKind {
    const text = this.text;
    const following = codeAt(text, start + 1);
    if (first === MINUS && following === MINUS) return this.#lineComment(start);
    if (first === SLASH && following === ASTERISK) return this.#blockComment(start);
    if (start < this.#signsEnd) {
      this.end = start + 1;
      return OPERATOR;
    }
    let at = start;
    let character = first;
    let keepsSign = false;
    let behindLastOther = start + 1;
    do {
      if (KEEPS_SIGN[character] === 1) keepsSign = true;
      at++;
      if (character !== PLUS && character !== MINUS) behindLastOther = at;
      character = codeAt(text, at);
      if (character === MINUS && codeAt(text, at + 1) === MINUS) break;
      if (character === SLASH && codeAt(text, at + 1) === ASTERISK) break;
    } while (classOf(character) === OPERATOR_CHARACTER);
    if (keepsSign) {
      this.end = at;
    } else {
      this.end = behindLastOther;
      this.#signsEnd = at;
    }
    return OPERATOR;
  }

  #number(start: number): TokenKind {
    const text = this.text;
    let at = start;
    const base = codeAt(text, at + 1) | 0x20;
    const isDecimal = codeAt(text, at) !== ZERO || (base !== 0x78 && base !== 0x6f && base !== 0x62);
    if (isDecimal) {
      at = this.#digits(at);
      // 1..10 is a range, not 1. and .10
      if (codeAt(text, at) === DOT && codeAt(text, at + 1) !== DOT) at = this.#digits(at + 1);
      if ((codeAt(text, at) | 0x20) === 0x65) {
        const sign = codeAt(text, at + 1);
        const exponent = sign === PLUS || sign === MINUS ? at + 2 : at + 1;
        if (classOf(codeAt(text, exponent)) === DIGIT) at = this.#digits(exponent);
      }
    }
    // The digits of another base, or letters after a number as in 123abc. PostgreSQL 15 and later reject these, older
    // versions read an alias. They count as part of the number, because their meaning is not known.
    let character = codeAt(text, at);
    if (classOf(character) !== DOLLAR) {
      while (continuesName(character)) character = codeAt(text, ++at);
    }
    this.end = at;
    return NUMBER;
  }

  #digits(at: number): number {
    const text = this.text;
    let character = codeAt(text, at);
    while (
      classOf(character) === DIGIT ||
      (character === UNDERSCORE && classOf(codeAt(text, at + 1)) === DIGIT)
    ) {
      character = codeAt(text, ++at);
    }
    return at;
  }

  /** Reads a string; `from` is the offset after the opening quote. */
  #string(from: number): TokenKind {
    const text = this.text;
    let at = from;
    for (;;) {
      const quote = text.indexOf("'", at);
      if (quote === -1) return this.#openUntilEnd(STRING);
      at = quote + 1;
      if (codeAt(text, at) === QUOTE_CHARACTER) {
        at++;
        continue;
      }
      const continued = this.#continuation(at);
      if (continued === -1) return this.#closed(STRING, at);
      at = continued;
    }
  }

  /** Unlike other strings, bit strings contain no doubled quotes. */
  #bitString(from: number): TokenKind {
    const text = this.text;
    let at = from;
    for (;;) {
      const quote = text.indexOf("'", at);
      if (quote === -1) return this.#openUntilEnd(STRING);
      const continued = this.#continuation(quote + 1);
      if (continued === -1) return this.#closed(STRING, quote + 1);
      at = continued;
    }
  }

  #escapeString(from: number): TokenKind {
    const text = this.text;
    const length = text.length;
    let at = from;
    while (at < length) {
      const character = codeAt(text, at++);
      if (character === BACKSLASH) {
        at++;
      } else if (character === QUOTE_CHARACTER) {
        if (codeAt(text, at) === QUOTE_CHARACTER) {
          at++;
          continue;
        }
        const continued = this.#continuation(at);
        if (continued === -1) return this.#closed(STRING, at);
        at = continued;
      }
    }
    return this.#openUntilEnd(STRING);
  }

  /**
   * A string continues after white space with a newline. Returns the offset after the next quote, -1 if it does not
   * continue.
   */
  #continuation(from: number): number {
    const text = this.text;
    let at = from;
    let hasNewline = false;
    for (;;) {
      const character = codeAt(text, at);
      if (character === NEWLINE || character === CARRIAGE_RETURN) {
        hasNewline = true;
        at++;
      } else if (classOf(character) === SPACE) {
        at++;
      } else if (character === MINUS && codeAt(text, at + 1) === MINUS) {
        at = this.#endOfLine(at);
      } else {
        return hasNewline && character === QUOTE_CHARACTER ? at + 1 : -1;
      }
    }
  }

  #dollar(start: number): TokenKind {
    const text = this.text;
    let at = start + 1;
    let character = codeAt(text, at);
    let characterClass = classOf(character);
    if (characterClass === DIGIT) {
      while (classOf(codeAt(text, at)) === DIGIT) at++;
      this.end = at;
      return PARAMETER;
    }
    while (characterClass === LETTER || (characterClass === DIGIT && at > start + 1)) {
      character = codeAt(text, ++at);
      characterClass = classOf(character);
    }
    if (characterClass !== DOLLAR) {
      // Not the start of a dollar quote; the rest is read as a word.
      this.end = start + 1;
      return STRAY;
    }
    const tagLength = at + 1 - start;
    // Searching for the whole tag would not be linear for long tags. A tag contains $ only at its ends, so a
    // comparison never reads past the next $.
    let candidate = text.indexOf('$', at + 1);
    while (candidate !== -1) {
      let matched = 1;
      while (matched < tagLength && codeAt(text, candidate + matched) === codeAt(text, start + matched))
        matched++;
      if (matched === tagLength) return this.#closed(STRING, candidate + tagLength);
      candidate = text.indexOf('$', candidate + matched);
    }
    return this.#openUntilEnd(STRING);
  }

  #quotedName(from: number): TokenKind {
    const text = this.text;
    let at = from;
    for (;;) {
      const quote = text.indexOf('"', at);
      if (quote === -1) return this.#openUntilEnd(QUOTED_NAME);
      at = quote + 1;
      if (codeAt(text, at) !== DOUBLE_QUOTE_CHARACTER) return this.#closed(QUOTED_NAME, at);
      at++;
    }
  }

  #lineComment(start: number): TokenKind {
    return this.#closed(COMMENT, this.#endOfLine(start));
  }

  #endOfLine(from: number): number {
    const text = this.text;
    const length = text.length;
    let at = from;
    while (at < length) {
      const character = codeAt(text, at);
      if (character === NEWLINE || character === CARRIAGE_RETURN) break;
      at++;
    }
    return at;
  }

  #blockComment(start: number): TokenKind {
    const text = this.text;
    const length = text.length;
    let depth = 1;
    let at = start + 2;
    while (at < length) {
      const character = codeAt(text, at++);
      if (character === ASTERISK) {
        if (codeAt(text, at) === SLASH) {
          at++;
          if (--depth === 0) return this.#closed(COMMENT, at);
        }
      } else if (character === SLASH && codeAt(text, at) === ASTERISK) {
        at++;
        depth++;
      }
    }
    return this.#openUntilEnd(COMMENT);
  }

  #closed(kind: TokenKind, end: number): TokenKind {
    this.end = end;
    this.isOpen = false;
    return kind;
  }

  #openUntilEnd(kind: TokenKind): TokenKind {
    this.end = this.text.length;
    this.isOpen = true;
    return kind;
  }
}
