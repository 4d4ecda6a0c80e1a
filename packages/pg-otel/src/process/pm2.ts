/** PM2's own script, which Node runs and which loads that of the application. */
const PM2_SCRIPT = /[\\/]pm2[\\/]lib[\\/]ProcessContainer(?:Fork)?\.js$/;

/** The variables that pg-otel and OpenTelemetry read at their start, and those that describe the application. */
const READ_AT_START = /^(?:OTEL_|PG_OTEL_|pm_exec_path$|pm_cwd$)/;

/**
 * In cluster mode, PM2 passes the variables of the application as JSON in one variable, and sets them only after the
 * preloads (pm2 lib/ProcessContainer.js): until then a process has those of PM2's daemon. This sets them earlier, as PM2
 * does.
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

/** The script of the application, as it was given; undefined in a REPL and with `--eval`. */
export function programScript(): string | undefined {
  const script = process.argv[1];
  return (isOfPm2(script) ? process.env['pm_exec_path'] : undefined) ?? script;
}

/** The working directory of the application. In cluster mode, PM2 changes to it only after the preloads. */
export const programFolder = (): string =>
  (isOfPm2(process.argv[1]) ? process.env['pm_cwd'] : undefined) ?? process.cwd();

const isOfPm2 = (script: string | undefined): boolean => script !== undefined && PM2_SCRIPT.test(script);
