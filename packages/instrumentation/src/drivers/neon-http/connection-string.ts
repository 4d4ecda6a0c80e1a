import { hostOf, Target } from '../../target';

/** The target of a connection string. The rest of the string is neither read nor kept. */
export function targetOf(connectionString: unknown): Target {
  if (typeof connectionString !== 'string') return Target.unknown;
  try {
    const url = new URL(connectionString);
    const { hostname, port, pathname } = url;
    if (hostname === '') return Target.unknown;
    return Target.of({
      host: hostOf(url),
      port: port === '' ? 5432 : port,
      database: decodeURIComponent(pathname.slice(1)),
    });
  } catch {
    return Target.unknown;
  }
}

/** The header that holds the connection string of a request, in every version and configuration of the driver. */
export function connectionStringIn(headers: unknown): unknown {
  // The driver writes the name like this. A `Headers` object would cost more than all other work for a request.
  const written = (headers as { 'Neon-Connection-String'?: unknown } | null)?.['Neon-Connection-String'];
  if (written !== undefined) return written;
  try {
    return new Headers(headers as ConstructorParameters<typeof Headers>[0]).get('neon-connection-string');
  } catch {
    return undefined;
  }
}
