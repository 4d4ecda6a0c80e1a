import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ONE_ROW, StubConnection, UPDATED } from './stub-connection.mjs';
import { stubFetch } from './stub-fetch.mjs';
import { StubSocket } from './stub-socket.mjs';

const SELECT = 'select id, name, price from products where id = $1';
const UPDATE = 'update products set price = price + 1 where id = $1';
const PRODUCTS = 1000;
/** As many as the pool has connections: nobody waits. */
const PARALLEL = 4;

/** The table that the loads with a server read. */
export const SCHEMA = `create table products (id int primary key, name text not null, price int not null);
insert into products select i, 'product ' || i, i from generate_series(0, ${PRODUCTS - 1}) i;`;

/** What the loads are made of, where that is not pg. */
export const drivers = {
  neonHttp: '@neondatabase/serverless',
  neonWebSocket: '@neondatabase/serverless',
  postgresJs: 'postgres',
};

/**
 * What each variant has to do: made of a driver and OpenTelemetry's API, each resolves with a function that runs so many queries. Those on a stub
 * show an instrumentation alone, the others how much it is compared with the work of a server.
 */
export const loads = {
  async row({ Client }) {
    const client = await connected(new Client(stub(ONE_ROW)));
    return inTurn((index) => client.query(SELECT, [index]));
  },

  async noRow({ Client }) {
    const client = await connected(new Client(stub(UPDATED)));
    return inTurn((index) => client.query(UPDATE, [index]));
  },

  /** Each query is a separate request: it begins a trace where there is an SDK. */
  async requests({ Client }, { context, ROOT_CONTEXT }) {
    const client = await connected(new Client(stub(ONE_ROW)));
    return inTurn((index) => context.with(ROOT_CONTEXT, () => client.query(SELECT, [index])));
  },

  /** Each client has its own stub. */
  async stubPool(driver) {
    return inLanes(stubPool(driver));
  },

  /** Each query in a separate turn of the event loop, as those of Postgres.js, which writes to its socket once per turn. */
  async poolInTurns(driver) {
    const pool = stubPool(driver);
    return inTurn(async (index) => {
      await nextTurn();
      await pool.query(SELECT, [index]);
    });
  },

  /** The same pool with a manager that measures its load, and has no other size to choose. */
  async managedPool(driver) {
    return inLanes(managedPool(driver));
  },

  /** Each request may be repeated, and none has to be. */
  async retryingPool(driver) {
    return inLanes(managedPool(driver, { retry: true }));
  },

  async neonHttp({ neon, neonConfig }) {
    neonConfig.fetchFunction = stubFetch;
    const sql = neon('postgresql://app:secret@db.example.com/shop');
    return inTurn((index) => sql`select id, name, price from products where id = ${index}`);
  },

  /** The client and its query are the driver's own; below is the stub, and no WebSocket. */
  async neonWebSocket({ Client }) {
    const client = await connected(new Client(stub(ONE_ROW)));
    return inTurn((index) => client.query(SELECT, [index]));
  },

  async postgresJs(postgres) {
    const sql = postgres('postgresql://app:secret@db.example.com/shop', {
      max: 1,
      fetch_types: false,
      socket: async () => new StubSocket(),
    });
    return inTurn((index) => sql`select id, name, price from products where id = ${index}`);
  },

  async client({ Client }) {
    const client = await connected(new Client());
    return inTurn((index) => client.query(SELECT, [index % PRODUCTS]));
  },

  async pool({ Pool }) {
    return inLanes(new Pool({ max: PARALLEL }));
  },
};

function managedPool(driver, options) {
  const { managePool } = createRequire(import.meta.url)('@pg-otel/pool');
  return managePool(stubPool(driver), { min: PARALLEL, max: PARALLEL, ...options });
}

function stubPool({ Client, Pool }) {
  class StubClient extends Client {
    constructor(options) {
      super({ ...options, ...stub(ONE_ROW) });
    }
  }
  return new Pool({ max: PARALLEL, Client: StubClient });
}

function stub(answer) {
  const connection = new StubConnection(answer);
  return { connection, host: 'db.example.com', user: 'app', database: 'shop' };
}

async function connected(client) {
  await client.connect();
  return client;
}

function inLanes(pool) {
  const lane = inTurn((index) => pool.query(SELECT, [index % PRODUCTS]));
  return (queries) => Promise.all(Array.from({ length: PARALLEL }, () => lane(queries / PARALLEL)));
}

function inTurn(query) {
  return async (queries) => {
    for (let index = 0; index < queries; index++) await query(index);
  };
}
