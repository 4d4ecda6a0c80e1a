import { requireInstalled } from '../not-installed';

const NAME = '@pg-otel/alerts';

/**
 * Loads `@pg-otel/alerts`, an optional peer dependency: applications do not need it, and its dependencies are large.
 *
 * @throws {NotInstalled}
 */
export function loadAlerts(cwd: string): Promise<typeof import('@pg-otel/alerts')> {
  requireInstalled('pg-otel alerts', NAME, cwd);
  return import('@pg-otel/alerts');
}

/** @throws {NotInstalled} */
export function loadBridge(cwd: string): Promise<typeof import('@pg-otel/alerts/bridge')> {
  requireInstalled('pg-otel alerts', NAME, cwd);
  return import('@pg-otel/alerts/bridge');
}
