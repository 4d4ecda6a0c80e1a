import { BadInput } from '../bad-input';
import { packageManagerOf } from '../doctor/package-manager';

const NAME = '@pg-otel/alerts';

/** Names the package that is missing and how to install it. */
export class AlertsNotInstalled extends BadInput {
  /** The command that installs the package. */
  readonly advice: string;

  constructor(cwd: string) {
    const advice = `${packageManagerOf(cwd).add} ${NAME}`;
    super(`pg-otel alerts needs the package ${NAME}: ${advice}`);
    this.advice = advice;
  }
}

/**
 * Loads `@pg-otel/alerts`, an optional peer dependency: applications do not need it, and its dependencies are large.
 *
 * @throws {AlertsNotInstalled}
 */
export function loadAlerts(cwd: string): Promise<typeof import('@pg-otel/alerts')> {
  requireInstalled(cwd);
  return import('@pg-otel/alerts');
}

/** @throws {AlertsNotInstalled} */
export function loadBridge(cwd: string): Promise<typeof import('@pg-otel/alerts/bridge')> {
  requireInstalled(cwd);
  return import('@pg-otel/alerts/bridge');
}

function requireInstalled(cwd: string): void {
  try {
    require.resolve(NAME);
  } catch {
    throw new AlertsNotInstalled(cwd);
  }
}
