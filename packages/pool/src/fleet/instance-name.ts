import { randomBytes } from 'node:crypto';
import type { PgPool } from '../pg-pool';

/** Of the service, when neither the application nor OpenTelemetry names it. */
const UNNAMED = 'pg-otel';
const SEPARATOR = '/';
const ID = /^[0-9a-f]{6}$/;
/** The server cuts longer names: NAMEDATALEN - 1. */
const MAX_BYTES = 63;

/**
 * The `application_name` of the connections of one pool: the name of the service with the id of the instance, such as
 * `shop/3fa2c1`. By it, instances recognise each other in `pg_stat_activity`.
 */
export class InstanceName {
  readonly #service: string;
  readonly name: string;

  /** @param applicationName as the application has set it */
  constructor(applicationName: string | undefined) {
    const id = randomBytes(3).toString('hex');
    const service = applicationName || process.env['OTEL_SERVICE_NAME'] || UNNAMED;
    // The server replaces other characters, in a way that depends on its version.
    this.#service = service.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_BYTES - SEPARATOR.length - id.length);
    this.name = this.#service + SEPARATOR + id;
  }

  /** Whether an `application_name` is that of an instance of the same service. */
  isSibling(name: string): boolean {
    const prefix = this.#service + SEPARATOR;
    return name.startsWith(prefix) && ID.test(name.slice(prefix.length));
  }
}

/** In a connection string, where it has precedence over the option: pg, lib/connection-parameters.js. */
const PARAMETER = /([?&]application_name=)[^&#]*/g;

/**
 * Sets the `application_name` of connections that the pool opens from now on.
 *
 * @returns a function that restores the name, unless the application has changed it meanwhile
 */
export function setApplicationName({ options }: PgPool, name: string): () => void {
  const { connectionString } = options;
  if (typeof connectionString === 'string' && connectionString.search(PARAMETER) !== -1) {
    // pg-connection-string encodes strings with spaces again, which would turn %2F into another text.
    const encoded = encodeURIComponent(name).replaceAll('%2F', '/');
    const renamed = connectionString.replace(PARAMETER, (_, key: string) => key + encoded);
    options.connectionString = renamed;
    return () => {
      if (options.connectionString === renamed) options.connectionString = connectionString;
    };
  }
  const had = Object.hasOwn(options, 'application_name');
  const before = options.application_name;
  options.application_name = name;
  return () => {
    if (options.application_name !== name) return;
    if (had) Object.assign(options, { application_name: before });
    else delete options.application_name;
  };
}
