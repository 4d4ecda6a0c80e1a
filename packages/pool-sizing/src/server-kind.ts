/** Ports on which poolers in transaction mode listen by default, and who documents it. */
const POOLER_PORTS: Readonly<Record<string, string>> = {
  '6432': 'port 6432 (PgBouncer)',
  '6543': 'port 6543 (Supavisor)',
};

/** Whether a host name is Neon's. */
export function isNeonHost(host: string): boolean {
  return /(^|\.)neon\.tech$/i.test(host);
}

/**
 * The sign of a pooler in transaction mode in the address of a server: Neon's `-pooler` hosts, the ports of PgBouncer and
 * Supavisor.
 *
 * @returns undefined for an address without one
 */
export function poolerOf(host: string, port: number | string | undefined): string | undefined {
  if (/^[^.]+-pooler\./i.test(host)) return 'the host name (-pooler)';
  return Object.hasOwn(POOLER_PORTS, String(port)) ? POOLER_PORTS[String(port)] : undefined;
}
