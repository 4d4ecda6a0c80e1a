/** The user, the password and the startup parameters of a connection. */
export interface Login {
  readonly user: string;
  readonly password: string;
  /** Startup parameters: `user` and `database` among them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** compute/mod.rs, set_startup_params: parameters that Neon's proxy forwards by default. */
const FORWARDED = new Set(['user', 'database', 'application_name', 'replication']);
const FORWARD_ALL = 'neon_proxy_params_compat:true';

/** The startup parameters of a client that are forwarded to Postgres. */
export function handedOn(sent: Iterable<readonly [string, string]>): Record<string, string> {
  const all = Object.fromEntries(sent);
  const options = words(all['options'] ?? '');
  const forwardsAll = options.includes(FORWARD_ALL);
  const kept = Object.fromEntries(Object.entries(all).filter(([name]) => forwardsAll || FORWARDED.has(name)));
  const forPostgres = options.filter((word) => !isForNeon(word)).join(' ');
  delete kept['options'];
  return forPostgres === '' ? kept : { ...kept, options: forPostgres };
}

/** Splits at blanks without a backslash before them, as Postgres does (pg_split_opts). */
function words(options: string): string[] {
  return options.match(/(?:\\.|\S)+/gs) ?? [];
}

/** Options for Neon, such as `endpoint=ep-…` and `neon_lsn:…`. With them, Postgres would refuse the connection. */
function isForNeon(word: string): boolean {
  return /^(endpoint|project)=|^neon_\w+:/.test(word);
}
