import { warn } from '../warnings';
import type { Callback } from './callback';
import { guarded } from './guarded';
import type { NeonQueryPromiseClass } from './neon-http/neon';
import { patchQueryPromise } from './neon-http/query-promise';
import { patchNeonConnect } from './neon-ws/connect';
import { patchConnect } from './node-postgres/connect';
import { patchNative } from './node-postgres/native';
import { type ClientClass, isClass, type PgClient, type PoolClass } from './node-postgres/pg';
import { patchPool } from './node-postgres/pool';
import { patchQuery } from './node-postgres/query';
import { tracedElsewhereCheck } from './node-postgres/traced-elsewhere';
import { type PatchedClass, patchOnce } from './patched';
import { patchPGlite } from './pglite/patch-pglite';
import type { PGliteClass } from './pglite/pglite';
import { followedPostgres, register } from './postgres-js/module';
import { isQueryClass, isSql, type QueryClass, type Sql } from './postgres-js/postgres';
import { patchPostgresQuery } from './postgres-js/query';

const NEON = '@neondatabase/serverless';

type Shape = Record<string, 'function'>;
const CLIENT: Shape = { query: 'function', connect: 'function', end: 'function', on: 'function' };
const POOL: Shape = { connect: 'function', newClient: 'function', _release: 'function', _remove: 'function' };

const PGLITE: Shape = {
  query: 'function',
  exec: 'function',
  transaction: 'function',
  _checkReady: 'function',
  _runExclusiveQuery: 'function',
  _runExclusiveTransaction: 'function',
};

export function isClientClass(value: unknown): value is ClientClass {
  return hasShape(value, CLIENT) && !hasShape(value, POOL);
}

export function isPoolClass(value: unknown): value is PoolClass {
  return hasShape(value, POOL);
}

export function isPGliteClass(value: unknown): value is PGliteClass {
  return hasShape(value, PGLITE);
}

export function patchClientClass(derived: ClientClass, version?: string): void {
  const Client = rootClass(derived, 'query');
  patchOnce(Client.prototype, () => {
    const module = moduleOf(derived, Client);
    const checkTracedElsewhere = tracedElsewhereCheck(Client);
    if (module === 'pg-native') patchNative(Client, checkTracedElsewhere);
    else patchQuery(Client, checkTracedElsewhere);
    if (module === 'pg') {
      pgClient = Client;
      patchConnect(Client, checkTracedElsewhere);
    }
    if (module === NEON) patchNeonConnect(rootClass(derived, 'neonConfig'), checkTracedElsewhere);
    return { module, version };
  });
}

/**
 * Neon's client is pg's client with another Connection. The client of libpq has no Connection, and its Query has no
 * protocol methods.
 */
function moduleOf(derived: ClientClass, Client: ClientClass): PatchedClass['module'] {
  if ('neonConfig' in derived.prototype) return NEON;
  const isNative = isClass(Client.Query) && !('handleReadyForQuery' in Client.Query.prototype);
  return isNative ? 'pg-native' : 'pg';
}

export function patchPoolClass(
  derived: PoolClass,
  version?: string,
  module: PatchedClass['module'] = 'pg-pool',
): void {
  const Pool = rootClass(derived, 'newClient');
  patchOnce(Pool.prototype, () => {
    // Without a version, the pool class was passed to `instrument`, and its client class is known only when it
    // creates a client.
    patchPool(Pool, version === undefined ? patchIfClient : undefined);
    return { module, version };
  });
}

function patchIfClient(Client: unknown): void {
  if (isClientClass(Client)) patchClientClass(Client);
}

/** The class of pg's clients, for questions about clients of `pg.native`: libpq's connection would keep the process alive. */
let pgClient: ClientClass | undefined;

/**
 * Returns the driver's own class of a client, to open another connection. A subclass of the application may do more
 * than that. `undefined` for a client of `pg.native` if pg's own class is not known.
 */
export function driverClassOf(client: PgClient): ClientClass | undefined {
  const derived = client.constructor as ClientClass;
  if (!isClientClass(derived)) return undefined;
  const Client = rootClass(derived, 'query');
  const module = moduleOf(derived, Client);
  if (module === NEON) return rootClass(derived, 'neonConfig');
  return module === 'pg-native' ? pgClient : Client;
}

/** Returns the driver's own class for any class derived from it: the topmost class of the chain that defines a property. */
function rootClass<Known extends ClientClass | PoolClass | PGliteClass>(
  derived: Known,
  property: string,
): Known {
  let root = derived;
  for (
    let at: object | null = derived.prototype;
    at !== null && Object.hasOwn(at, 'constructor');
    at = Object.getPrototypeOf(at)
  ) {
    const owner = at.constructor as Known;
    if (Object.hasOwn(at, property) && isClass(owner) && owner.prototype === at) root = owner;
  }
  return root;
}

export function patchPGliteClass(derived: PGliteClass, version?: string): void {
  const PGlite = rootClass(derived, '_runExclusiveQuery');
  patchOnce(PGlite.prototype, () => {
    patchPGlite(PGlite);
    return { module: '@electric-sql/pglite', version };
  });
}

/** @returns whether this copy of the package has patched the class */
export function patchQueryPromiseClass(QueryPromise: NeonQueryPromiseClass, version?: string): boolean {
  return patchOnce(QueryPromise.prototype, () => {
    patchQueryPromise(QueryPromise);
    return { module: NEON, version };
  });
}

/** @returns whether this copy of the package has patched the class */
export function patchPostgresQueryClass(Query: QueryClass, version?: string): boolean {
  return patchOnce(Query.prototype, () => {
    patchPostgresQuery(Query);
    return { module: 'postgres', version };
  });
}

/** Patches the queries of an instance of Postgres.js. Its class of queries is found through the instance. */
export function patchSql(sql: Sql, version?: string, postgres?: Callback): void {
  const Query = guarded('an instance of postgres', () => register(sql, postgres));
  if (isQueryClass(Query)) patchPostgresQueryClass(Query, version);
}

/** Returns the function to use in place of Postgres.js's own, which instruments each instance that it creates. */
export function patchPostgresModule(postgres: Callback, version?: string): Callback {
  return followedPostgres(postgres, (sql, original) => {
    if (isSql(sql)) patchSql(sql, version, original);
  });
}

function hasShape(value: unknown, shape: Shape): boolean {
  // A value whose getters throw is not a driver's class.
  const fits = guarded('instrument(target)', () => {
    if (typeof value !== 'function') return false;
    const prototype = value.prototype as Record<string, unknown> | undefined;
    if (prototype === undefined || prototype === null) return false;
    return Object.entries(shape).every(([name, type]) => typeof prototype[name] === type);
  });
  return fits === true;
}

/** The versions that are tested. */
const SUPPORTED = {
  pg: { major: 8, minor: 11, range: '>=8.11.0 <9' },
  'pg-pool': { major: 3, minor: 6, range: '>=3.6.0 <4' },
  '@neondatabase/serverless': { major: 1, minor: 0, range: '>=1.0.0 <2' },
  postgres: { major: 3, minor: 1, range: '>=3.1.0 <4' },
  '@electric-sql/pglite': { major: 0, minor: 2, range: '>=0.2.0 <1' },
} as const;

/**
 * Whether a driver of this version is instrumented. Warns when it is not. Also warns when the version cannot be read;
 * then only the shape of the driver's classes is checked.
 */
export function mayBeSupported(module: keyof typeof SUPPORTED, version: string | undefined): boolean {
  const { major, minor, range } = SUPPORTED[module];
  const [, itsMajor, itsMinor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  if (itsMajor === undefined) {
    warn(
      'PG_OTEL_UNSUPPORTED_VERSION',
      `The version of ${module} cannot be read from its package.json. It is instrumented as if it were ${range}: ` +
        'check that the package is installed with its package.json and that its version is in this range.',
      module,
    );
    return true;
  }
  if (Number(itsMajor) === major && Number(itsMinor) >= minor) return true;
  warn(
    'PG_OTEL_UNSUPPORTED_VERSION',
    `${module} ${version} is not instrumented, because pg-otel supports ${range}. The driver runs unchanged.`,
    module,
  );
  return false;
}
