import { Target } from '../../target';

/** Where a connection string leads; nothing else of it is read or kept. */
export function targetOf(connectionString: unknown): Target {
  if (typeof connectionString !== 'string') return Target.unknown;
  try {
    const { hostname, port, pathname } = new URL(connectionString);
    if (hostname === '') return Target.unknown;
    return Target.of({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? 5432 : port,
      database: decodeURIComponent(pathname.slice(1)),
    });
  } catch {
    return Target.unknown;
  }
}
