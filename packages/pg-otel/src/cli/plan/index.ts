import { packageVersion } from '../../package-version';
import { type Command, EXIT } from '../command';
import { painter } from '../paint';
import { readArguments } from './arguments';
import { badInputLine } from './bad-input-line';
import { loadOf, measure } from './metrics/measured-load';
import { MetricsUnreadable } from './metrics/prometheus';
import { render } from './render';
import { reportOf } from './report';

export const plan: Command = {
  summary: 'Computes how large the pool should be, explains why, and shows the effect of more load',
  help: `Usage: pg-otel plan [options]

Plans the pool of each process from DATABASE_URL, EXPECTED_CONCURRENT_USERS, AVG_QUERIES_PER_USER, PEAK_RPS and
NODE_ENV, or from what was measured. It connects to no database.

Options:
  --environment <name>       production, staging, development, test or serverless, instead of NODE_ENV
  --processes <n>            Processes with a pool each that share the load; default 1
  --server-connections <n>   max_connections of the server
  --neon-cu <n>              Size of the Neon compute instead, with autoscaling the largest
  --max <n>                  Calculate the waits for this pool size instead of the planned one
  --from-metrics <url>       Load, use time and processes from a Prometheus, like http://localhost:9090
  --pool <name>              The pool, if Prometheus has metrics of several
  --service <name>           The service (job), if several have a pool of that name
  --window <duration>        Period of the metrics, up to now; default 1d
  --step <duration>          Peaks are means over this time, at least four scrape intervals; default 1m
  --json                     The plan as JSON

Exit code: 0 planned (warnings included), 1 the metrics could not be read, 2 bad input
`,
  async run(args, io) {
    const measuredSettings = new Set<string>();
    try {
      const { isJson, limits, metrics } = readArguments(args);
      const measured = metrics && (await measure(metrics));
      const load = measured === undefined ? {} : loadOf(measured);
      const processes = limits.processes ?? measured?.figures.processes ?? undefined;
      for (const name of Object.keys(load)) measuredSettings.add(`load.${name}`);
      if (limits.processes === undefined) measuredSettings.add('limits.processes');

      const given = { env: process.env, load, limits: { ...limits, processes } };
      const report = reportOf(given, measured, packageVersion(__filename));
      io.out(isJson ? `${JSON.stringify(report, undefined, 2)}\n` : render(report, painter(io.isColoured)));
      return EXIT.ok;
    } catch (error) {
      if (error instanceof MetricsUnreadable) {
        io.err(`${error.message}\n`);
        return EXIT.problem;
      }
      const line = badInputLine(error, (setting) => measuredSettings.has(setting));
      if (line === undefined) throw error;
      io.err(`${line}\n`);
      return EXIT.badInput;
    }
  },
};
