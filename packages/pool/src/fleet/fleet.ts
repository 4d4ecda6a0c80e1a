import type { IdleCheck } from '../health/idle-check';
import { probe } from '../health/probe';
import type { PoolLimits } from '../options';
import type { PgClient, PgPool } from '../pg-pool';
import type { Server } from '../server';
import { warn } from '../warnings';
import { type FleetShare, shareConnections } from './budget';
import { InstanceName, setApplicationName } from './instance-name';
import { readServerConnections, SERVER_CONNECTIONS } from './server-connections';

const MOST_BUSY_CHECKS = 3;

/** A pool that is managed again still has connections of the name that it had before. */
const INSTANCES = new WeakMap<PgPool, InstanceName>();

/**
 * Shares the connections of a server among the instances of a service. They do not know each other: each counts the
 * others in `pg_stat_activity`, where a process that ends disappears with its connections.
 *
 * A pooler hides its clients from the server, and a separate name for each client costs PgBouncer a quarter of its
 * throughput, since it then sets the name with each transaction. Behind a pooler, nothing is named or counted.
 */
export class Fleet {
  readonly #pool: PgPool;
  readonly #server: Server;
  readonly #limits: PoolLimits;
  readonly #instance: InstanceName;
  #restoreName: () => void = () => {};
  /** Connections that had another name when they were opened. */
  readonly #named = new WeakSet<PgClient>();
  #isStopped = false;
  #isChecking = false;
  /** Checks in a row for which no connection was idle. */
  #busyChecks = 0;
  #share: FleetShare | undefined;

  constructor(pool: PgPool, server: Server, limits: PoolLimits) {
    this.#pool = pool;
    this.#server = server;
    this.#limits = limits;
    this.#instance = INSTANCES.get(pool) ?? new InstanceName(applicationName(pool));
    INSTANCES.set(pool, this.#instance);
    const pooledBy = limits.pooler === 'transaction' ? "the option pooler: 'transaction'" : server.pooledBy;
    if (pooledBy !== undefined && limits.pooler !== 'none') this.#poolerFound(pooledBy);
    else this.#restoreName = setApplicationName(pool, this.#instance.name);
  }

  /** Undefined until the server was asked, and behind a pooler. */
  get share(): FleetShare | undefined {
    return this.#share;
  }

  /**
   * Counts the instances on an idle connection. A pool that is always busy has none; it is asked again soon, and after
   * some times on a connection outside the pool, so that no request waits for it.
   *
   * @returns whether the next check may wait for its regular time
   */
  async check(idleCheck: IdleCheck, timeoutMillis: number): Promise<boolean> {
    if (this.#isStopped) return true;
    if (this.#isChecking) return false;
    this.#isChecking = true;
    try {
      return this.#pool.idleCount > 0
        ? await this.#askIdle(idleCheck)
        : await this.#askOutside(timeoutMillis);
    } finally {
      this.#isChecking = false;
    }
  }

  async #askIdle(idleCheck: IdleCheck): Promise<boolean> {
    const [item] = this.#pool._idle;
    const answer = item && (await idleCheck.ask(item, SERVER_CONNECTIONS));
    if (answer === undefined || answer.errorType !== undefined) return false;
    this.#busyChecks = 0;
    this.#read(answer.rows, item?.client.processID);
    return !(await this.#nameConnections(idleCheck));
  }

  async #askOutside(timeoutMillis: number): Promise<boolean> {
    if (this.#pool.totalCount === 0) return false;
    this.#busyChecks += 1;
    if (this.#busyChecks < MOST_BUSY_CHECKS) return false;
    this.#busyChecks = 0;
    try {
      this.#read(await probe(this.#pool, timeoutMillis, SERVER_CONNECTIONS), undefined);
    } catch {
      // The server has no connection left, for example: the last count stays.
    }
    return true;
  }

  #read(rows: Parameters<typeof readServerConnections>[0], processId: number | null | undefined): void {
    const connections = readServerConnections(rows);
    if (connections === undefined || this.#isStopped) return;
    if (this.#isPooled(processId, connections.processId)) {
      this.#poolerFound('the process id of the server, which is not that of the connection');
      return;
    }
    this.#share = shareConnections(
      connections,
      this.#limits,
      (name) => this.#instance.isSibling(name),
      this.#instance.name,
    );
  }

  /**
   * Names the idle connections that were opened before the pool was managed: others would not count this instance, if it
   * has no other connection.
   *
   * @returns whether there were any
   */
  async #nameConnections(idleCheck: IdleCheck): Promise<boolean> {
    if (this.#isStopped) return false;
    const unnamed = this.#pool._idle.filter(
      ({ client }) =>
        !this.#named.has(client) && client.connectionParameters?.application_name !== this.#instance.name,
    );
    for (const item of unnamed) {
      const answer = await idleCheck.ask(item, this.#instance.statement);
      if (answer !== undefined) this.#named.add(item.client);
    }
    return unnamed.length > 0;
  }

  /** Connections that are opened from now on have the name that the application gave them. */
  stop(): void {
    this.#isStopped = true;
    this.#share = undefined;
    this.#restoreName();
  }

  /** A pooler invents process ids, and so does Neon's proxy, which is no pooler. libpq does not provide them. */
  #isPooled(ofConnection: number | null | undefined, ofServer: number): boolean {
    if (this.#limits.pooler === 'none' || this.#server.isNeon) return false;
    return typeof ofConnection === 'number' && ofConnection !== ofServer;
  }

  #poolerFound(sign: string): void {
    this.stop();
    const { processes } = this.#limits;
    if (processes !== undefined) return;
    warn(
      'PG_OTEL_POOL_FLEET_UNSEEN',
      `A pooler is in front of the server (sign: ${sign}), so the processes that share its connections cannot be ` +
        'counted. The option limits.processes counts instead: it is not set, and one process is assumed. Set it; if ' +
        "there is no pooler, set limits.pooler to 'none'; fleet: false turns this off.",
    );
  }
}

/** As the driver has read it from options, connection string and environment. */
function applicationName(pool: PgPool): string | undefined {
  try {
    const { connectionParameters } = new pool.Client(pool.options);
    return connectionParameters?.application_name || connectionParameters?.fallback_application_name;
  } catch {
    // The same error reaches the application when it connects.
    return undefined;
  }
}
