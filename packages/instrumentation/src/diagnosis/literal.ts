/** Returns the SQL of a string, independent of `standard_conforming_strings`. */
export const literal = (value: string): string =>
  `E'${value.replace(/[\\']/g, (character) => character + character)}'`;
