/** The drivers, with the names of their checks. */
const CHECKS = {
  pg: 'pg',
  '@neondatabase/serverless': 'neon',
  postgres: 'postgres',
  '@electric-sql/pglite': 'pglite',
} as const;

export type Driver = keyof typeof CHECKS;
export const DRIVER_NAMES = Object.keys(CHECKS) as Driver[];

/** The name of the check of a driver or of pg-pool. */
export const driverCheck = (name: string): string => (CHECKS as Record<string, string>)[name] ?? name;
