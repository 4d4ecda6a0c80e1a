const DIGITS = [...'0123456789abcdef'].map((digit) => digit.charCodeAt(0));

/**
 * A random id of a span: 64 bits as hexadecimal digits, from the same source as the ids of the SDK. The SDK writes them into
 * a buffer first, and the conversion of a buffer takes three times as long as all of this function.
 */
export function randomSpanId(): string {
  const high = randomWord();
  // An id of zeros would be invalid.
  const low = randomWord() || 1;
  return String.fromCharCode(
    digit(high, 28),
    digit(high, 24),
    digit(high, 20),
    digit(high, 16),
    digit(high, 12),
    digit(high, 8),
    digit(high, 4),
    digit(high, 0),
    digit(low, 28),
    digit(low, 24),
    digit(low, 20),
    digit(low, 16),
    digit(low, 12),
    digit(low, 8),
    digit(low, 4),
    digit(low, 0),
  );
}

const randomWord = (): number => (Math.random() * 2 ** 32) >>> 0;

const digit = (word: number, shift: number): number => DIGITS[(word >>> shift) & 0xf] as number;
