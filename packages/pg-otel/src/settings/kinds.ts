/** The syntax of one environment variable. */
export interface Setting<Value = unknown> {
  /** The accepted values, for messages: "must be …". */
  readonly accepted: string;
  /** The value that applies when none is accepted; undefined when that depends on other variables. */
  readonly fallback: Value | undefined;
  /** Reads a text without the parts that are not accepted; undefined when nothing remains. */
  read(text: string): Value | undefined;
  /** The parts of a text that are not accepted, in words for a message: `got "fast"`. */
  refused(text: string): readonly string[];
}

const got = (text: string) =>
  `got ${/:\/\//.test(text) ? 'a URL, not repeated here' : JSON.stringify(text.slice(0, 100))}`;

/** A value that is accepted or refused as a whole. */
function whole<Value>(
  accepted: string,
  fallback: Value | undefined,
  read: (text: string) => Value | undefined,
): Setting<Value> {
  return {
    accepted,
    fallback,
    read,
    refused: (text) => (read(text) === undefined ? [got(text)] : []),
  };
}

/** A number above 0. */
export const above0 = (unit: string, fallback?: number): Setting<number> =>
  whole(`a number of ${unit} greater than 0`, fallback, (text) => {
    const value = Number(text);
    return value > 0 && Number.isFinite(value) ? value : undefined;
  });

/** The longest time of a timer. Node runs one with a longer time at once. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** A time for a timer, in milliseconds. */
export const timer = (fallback: number): Setting<number> =>
  whole(`a number of milliseconds greater than 0 and not above ${MAX_TIMER_MILLIS}`, fallback, (text) => {
    const value = Number(text);
    return value > 0 && value <= MAX_TIMER_MILLIS ? value : undefined;
  });

export const between = (from: number, to: number, fallback: number): Setting<number> =>
  whole(`a number from ${from} to ${to}`, fallback, (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value >= from && value <= to ? value : undefined;
  });

/** A whole number of at least 0, which limits a number or a length. */
export const limit = (fallback: number): Setting<number> =>
  whole('a whole number, 0 or greater', fallback, (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return Number.isInteger(value) && value >= 0 ? value : undefined;
  });

export const port = (fallback?: number): Setting<number> =>
  whole('a port from 1 to 65535', fallback, (text) => {
    const value = Number(text);
    return Number.isInteger(value) && value >= 1 && value <= 65_535 ? value : undefined;
  });

interface WordOptions {
  /** Accepts `Delta` for `delta`. */
  readonly ignoresCase?: boolean;
}

/** One of a few words. */
export const word = <Word extends string>(
  words: readonly Word[],
  fallback?: Word,
  { ignoresCase = false }: WordOptions = {},
): Setting<Word> =>
  whole(`one of ${words.join(', ')}`, fallback, (text) => {
    const written = ignoresCase ? text.toLowerCase() : text;
    return words.find((accepted) => accepted === written);
  });

/** `true` or `false`, in upper or lower case. */
export const boolean: Setting<boolean> = whole('true or false', false, (text) => {
  const written = text.trim().toLowerCase();
  return written === 'true' ? true : written === 'false' ? false : undefined;
});

/** The entries of a comma-separated list, without empty and repeated ones. */
export function entriesOf(text: string): string[] {
  const entries = text.split(',').map((entry) => entry.trim());
  return [...new Set(entries.filter((entry) => entry !== ''))];
}

/** A list of words. Entries that are not accepted are left out; `none` empties the list. */
export function words<Word extends string>(
  accepted: readonly Word[],
  fallback: readonly Exclude<Word, 'none'>[],
): Setting<readonly Exclude<Word, 'none'>[]> {
  const isAccepted = (entry: string): entry is Word => (accepted as readonly string[]).includes(entry);
  return {
    accepted: `a list of ${accepted.join(', ')}`,
    fallback,
    read(text) {
      const entries = entriesOf(text);
      if (entries.length === 0) return fallback;
      const known = entries.filter(isAccepted);
      return known.includes('none' as Word) ? [] : (known as Exclude<Word, 'none'>[]);
    },
    refused: (text) =>
      entriesOf(text)
        .filter((entry) => !isAccepted(entry))
        .map(got),
  };
}

/** A list of pairs. Messages name the position only, because values may be keys. */
const pairs = (
  accepted: string,
  isPair: (entry: string) => boolean,
  fallback?: readonly [],
): Setting<readonly []> => ({
  accepted,
  fallback,
  read: () => undefined,
  refused(text) {
    const entries = text.split(',');
    return entries.flatMap((entry, index) =>
      entry.trim() === '' || isPair(entry) ? [] : [`entry ${index + 1} of ${entries.length} is not`],
    );
  },
});

// The checks of node:http, which is not imported here: its instrumentation must exist before it is loaded.
const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]+$/;

/** Headers in the format of W3C Baggage, which cuts a value at an unencoded semicolon. */
export const headers = pairs(
  'name=value pairs, separated by commas, with percent-encoded values',
  (entry) => {
    const equals = entry.indexOf('=');
    if (equals < 1 || entry.includes(';')) return false;
    try {
      const name = decodeURIComponent(entry.slice(0, equals).trim());
      const value = decodeURIComponent(entry.slice(equals + 1).trim());
      return HEADER_NAME.test(name) && HEADER_VALUE.test(value);
    } catch {
      return false;
    }
  },
);

/** The SDK refuses longer ones. */
const ATTRIBUTE_CHARACTERS = 255;

/** The SDK drops all of them if it refuses one. */
export const attributes = pairs(
  `key=value pairs, separated by commas, with percent-encoded keys and values of up to ${ATTRIBUTE_CHARACTERS} characters`,
  (entry) => {
    const parts = entry.split('=').map((part) => part.trim());
    if (parts.length !== 2 || parts[0] === '') return false;
    try {
      return parts.every((part) => decodeURIComponent(part).length <= ATTRIBUTE_CHARACTERS);
    } catch {
      return false;
    }
  },
  [],
);

/** A path of a file. Messages do not show it, because it may be the certificate or key itself by mistake. */
export const readableFile: Setting<never> = {
  accepted: 'the path of a file that can be read',
  fallback: undefined,
  read: () => undefined,
  refused(text) {
    try {
      // Not an import: this file is in one file with start.ts, which is loaded before any `try`.
      const { accessSync, constants }: typeof import('node:fs') = require('node:fs');
      accessSync(text.trim(), constants.R_OK);
      return [];
    } catch {
      return ['the value is not'];
    }
  },
};

/** Free text, or a value that is checked where it is read. */
export const anything: Setting<never> = {
  accepted: 'any text',
  fallback: undefined,
  read: () => undefined,
  refused: () => [],
};

/** A URL. Messages do not show it, because it may contain keys. */
export const httpUrl = (fallback: string): Setting<string> => ({
  accepted: `a URL such as ${fallback}`,
  fallback,
  read: (text) => (isHttpUrl(text) ? text : undefined),
  refused: (text) => (isHttpUrl(text) ? [] : ['the value is not']),
});

const isHttpUrl = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
