/**
 * Statements that may change the setting. Each pattern begins with a rare word, because texts of many megabytes are
 * searched. Setting the default value, as many clients do at the start, does not match.
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
 * Whether a text may change the value of `standard_conforming_strings`: it names the setting, uses a name that is not
 * written out (`set_config` with an expression, a name with Unicode escapes), or reloads the configuration.
 */
export const mayChangeStrings = (text: string): boolean => CHANGES.test(text);
