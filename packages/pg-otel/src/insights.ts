import { optionalPackage, reasonOf } from './optional-package';
import { isPackageManager } from './process/package-manager';
import { programScript } from './process/pm2';
import { checkSetting } from './settings/check';
import { insightsPort } from './settings/settings';
import { warn } from './warnings';

type InsightsPackage = Pick<typeof import('@pg-otel/insights'), 'serveInsights'>;

/** Processes of one program, such as workers of a cluster, use the ports after the first one. */
const PORTS = 20;

let isStarted = false;

/**
 * Serves the insights of the process on loopback, as `PG_OTEL_INSIGHTS` sets. Without the variable it loads nothing. It
 * never throws.
 */
export function startInsights(): void {
  checkSetting('PG_OTEL_INSIGHTS');
  const port = insightsPort();
  if (port === undefined || isStarted) return;
  // With NODE_OPTIONS, `npm start` loads pg-otel as well. The port is the application's.
  if (isPackageManager(programScript())) return;
  isStarted = true;
  try {
    void serve(optionalPackage<InsightsPackage>('@pg-otel/insights'), port);
  } catch (error) {
    const reason = error instanceof Error ? error.message : reasonOf(error);
    warn('PG_OTEL_INSIGHTS', `PG_OTEL_INSIGHTS=${port} (from the environment) has no effect: ${reason}`);
  }
}

async function serve({ serveInsights }: InsightsPackage, first: number): Promise<void> {
  const last = Math.min(first + PORTS - 1, 65_535);
  for (let port = first; port <= last; port += 1) {
    try {
      const { url } = await serveInsights({ port });
      if (port > first)
        warn('PG_OTEL_INSIGHTS', `Port ${first} is in use: this process serves its insights on ${url}`);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EADDRINUSE') {
        warn(
          'PG_OTEL_INSIGHTS',
          `PG_OTEL_INSIGHTS=${first}: the insights are not served: ${code ?? reasonOf(error)}`,
        );
        return;
      }
    }
  }
  warn('PG_OTEL_INSIGHTS', `PG_OTEL_INSIGHTS=${first}: the ports ${first} to ${last} are in use`);
}
