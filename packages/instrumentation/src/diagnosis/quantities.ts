/** `850`, `1000`, `12 k`, `5.0 M`, `1.2 G`: estimates, so two digits are enough. */
export const count = (value: number): string =>
  value < 9_999.5 ? String(Math.round(value)) : scaled(value, 1000, ['', ' k', ' M', ' G', ' T']);

/** `8 kB`, `706 MB`: as PostgreSQL writes sizes, in steps of 1024. */
export const size = (bytes: number): string => scaled(bytes / 1024, 1024, [' kB', ' MB', ' GB', ' TB']);

function scaled(value: number, step: number, units: readonly string[]): string {
  let rest = Math.max(0, value);
  let unit = 0;
  while (Math.round(rest) >= step && unit < units.length - 1) {
    rest /= step;
    unit += 1;
  }
  return `${unit > 0 && rest < 10 ? rest.toFixed(1) : Math.round(rest)}${units[unit]}`;
}
