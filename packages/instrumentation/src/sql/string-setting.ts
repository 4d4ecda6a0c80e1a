/**
 * Each begins with a rare word and looks at what is near it only then: texts of many megabytes are searched.
 * Many clients set the default at the start, which changes nothing.
 */
const CHANGES = new RegExp(
  [
    /standard_conforming_strings(?<!show .{27})(?!["'\s]{0,8}(?:=|,|to\b)?["'\s]{0,8}(?:on|true)\b)/,
    /set_config(?!["\s]{0,8}\(\s{0,8}'[\w.]{1,64}'\s{0,8},)/,
    /pg_settings(?<=update\s[^;]{0,64}.{11})/,
    /pg_reload_conf/,
    /u&"/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);

/**
 * Whether `standard_conforming_strings` may have another value behind a text: by the name of the setting, by a name
 * that is not written out (`set_config` with an expression, a name with Unicode escapes), or by a reload of the
 * configuration.
 */
export const mayChangeStrings = (text: string): boolean => CHANGES.test(text);
