const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;

export type Style = keyof typeof codes;

/** Colours a text. It returns the text unchanged if there is no terminal or NO_COLOR is set. */
export type Paint = (style: Style, text: string) => string;

export function painter(isColoured: boolean): Paint {
  return (style, text) => (isColoured && text !== '' ? `\x1b[${codes[style]}m${text}\x1b[0m` : text);
}
