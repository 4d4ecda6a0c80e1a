/** The variables of PM2 that are read here: options, and the script of the application. */
const READ_AT_START = /^(?:PG_OTEL_|pm_exec_path$)/;

/**
 * In cluster mode, PM2 passes the variables of the application as JSON in one variable, and sets them only after the
 * preloads (pm2 lib/ProcessContainer.js). This sets those of the instrumentation earlier, as PM2 does.
 */
export function setVariablesOfPm2(): void {
  const { pm2_env: json } = process.env;
  if (json === undefined) return;
  try {
    for (const [name, value] of Object.entries(JSON.parse(json))) {
      if (READ_AT_START.test(name) && typeof value !== 'object') process.env[name] = String(value);
    }
  } catch {
    // It is not PM2's.
  }
}

/** The script that Node runs, and that of the application, which PM2's own script loads. */
export const mainScripts = (): readonly string[] =>
  [process.argv[1], process.env['pm_exec_path']].filter((script) => script !== undefined);
