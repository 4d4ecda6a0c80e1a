import { painter } from './paint';
import { printable } from './printable';

describe('terminal output', () => {
  it.each([
    ['a sequence that clears the screen', '\u001b[2J\u001b[Hhello', '\\u001b[2J\\u001b[Hhello'],
    ['a sequence that sets the title', '\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['an 8-bit sequence that clears the screen', '\u009b2J', '\\u009b2J'],
    ['a carriage return that overwrites', 'problem\rall well', 'problem\\u000dall well'],
    ['backspace and DEL', 'a\b\u007f', 'a\\u0008\\u007f'],
    ['text that is displayed backwards', '\u202egnp.exe', '\\u202egnp.exe'],
    ['other line ends', 'a\u0085b\u2028c', 'a\\u0085b\\u2028c'],
    ['a lone surrogate', 'a\ud83d', 'a\\ud83d'],
  ])('escapes %s', (_, text, shown) => {
    expect(printable(text, true)).toBe(shown);
    expect(printable(text, false)).toBe(shown);
  });

  it('keeps line ends, tabs and all other characters', () => {
    const text = 'a\tb\nc\r\n„größer“ ✓ 👍 日本語\n';
    expect(printable(text, false)).toBe(text);
  });

  it('keeps the colours of the command itself if colours are on', () => {
    const text = painter(true)('red', 'x');
    expect(printable(text, true)).toBe(text);
    expect(printable(text, false)).toBe('\\u001b[31mx\\u001b[0m');
    expect(printable('\u001b[8mhidden', true)).toBe('\\u001b[8mhidden');
  });

  it('leaves JSON with the same value', () => {
    const value = { name: '\u001b[2J\u009b\u2028\u007f"\ud83d' };
    expect(JSON.parse(printable(JSON.stringify(value), false))).toEqual(value);
  });
});
