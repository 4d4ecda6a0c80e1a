import type { IdleCheck } from '../health/idle-check';
import type { PoolLimits } from '../options';
import type { PgClient, PgPool } from '../pg-pool';
import type { Server } from '../server';
import { warn } from '../warnings';
import { type FleetShare, shareConnections } from './budget';
import { InstanceName, setApplicationName } from './instance-name';
import { readServerConnections, SERVER_CONNECTIONS } from './server-connections';

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
  #isStopped = false;
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
   * Counts the instances on an idle connection. Without one, the last count stays.
   *
   * @returns whether the server was asked, or need not be
   */
  async check(idleCheck: IdleCheck): Promise<boolean> {
    if (this.#isStopped) return true;
    const [item] = this.#pool._idle;
    if (item === undefined) return false;
    const answer = await idleCheck.ask(item, SERVER_CONNECTIONS);
    if (answer === undefined || answer.errorType !== undefined) return false;
    const connections = readServerConnections(answer.rows);
    if (connections === undefined || this.#isStopped) return true;
    if (this.#isPooled(item.client, connections.processId)) {
      this.#poolerFound('the process id of the server, which is not that of the connection');
      return true;
    }
    this.#share = shareConnections(
      connections,
      this.#limits,
      (name) => this.#instance.isSibling(name),
      this.#instance.name,
    );
    return true;
  }

  /** Connections that are opened from now on have the name that the application gave them. */
  stop(): void {
    this.#isStopped = true;
    this.#share = undefined;
    this.#restoreName();
  }

  /** A pooler invents process ids, and so does Neon's proxy, which is no pooler. libpq does not provide them. */
  #isPooled({ processID }: PgClient, processId: number): boolean {
    if (this.#limits.pooler === 'none' || this.#server.isNeon) return false;
    return typeof processID === 'number' && processID !== processId;
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
