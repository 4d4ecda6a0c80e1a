import { EventEmitter } from 'node:events';
import * as fc from 'fast-check';
import pg from 'pg';
import { type Behaviour, behaving, behaviour, furnish, type Members, members, type Story } from './strange';

/** A program over something that looks like a driver: what is handed to `instrument`, and what is done with it. */
export interface Program {
  prepare(story: Story): { readonly target: object; run(): Promise<void> };
}

const emitter = members(['once', 'on', 'removeListener', 'prependOnceListener', 'listenerCount', 'emit']);
const connection = members(
  ['stream', 'once', 'on', 'removeListener', 'prependOnceListener', 'listenerCount', 'parsedStatements'],
  { stream: emitter },
);
const clientMembers = members(
  [
    'connection',
    'connectionParameters',
    '_connecting',
    '_connected',
    '_ending',
    '_queryable',
    '_connectionCallback',
    '_queryQueue',
    '_activeQuery',
    '_sentQueryQueue',
    'queryQueue',
    'activeQuery',
    'host',
    'port',
    'database',
    'ssl',
    'pipeline',
    '_poolUseCount',
  ],
  { connection, connectionParameters: members(['user', 'application_name']) },
);
const queryMembers = members(
  [
    'submit',
    'handleError',
    'handleReadyForQuery',
    'handleRowDescription',
    'text',
    'values',
    'name',
    'cursor',
    'push',
    '_write',
    'rowCount',
    '_canceledDueToError',
    '_results',
    'callback',
  ],
  { cursor: members(['read', '_getRows', 'text', 'values']) },
);

interface ClientShape {
  readonly own: Members;
  readonly query: Behaviour;
  readonly connect: Behaviour;
  readonly end: Behaviour;
  readonly isNeon: boolean;
  readonly Query: Members | undefined;
  readonly isEmitter: boolean;
}

const clientShape: fc.Arbitrary<ClientShape> = fc.record({
  own: clientMembers,
  query: behaviour,
  connect: behaviour,
  end: behaviour,
  isNeon: fc.boolean(),
  Query: fc.option(queryMembers, { nil: undefined }),
  isEmitter: fc.boolean(),
});

function clientClass(story: Story, shape: ClientShape) {
  class Client extends EventEmitter {
    constructor() {
      super();
      furnish(this, shape.own);
    }
  }
  Object.assign(Client.prototype, {
    query: behaving(story, 'query', shape.query),
    connect: behaving(story, 'connect', shape.connect),
    end: behaving(story, 'end', shape.end),
    // A mock has often nothing more than `on`.
    ...(!shape.isEmitter && {
      on: behaving(story, 'on', 'returns nothing'),
      once: behaving(story, 'once', 'returns nothing'),
    }),
    ...(shape.isNeon && { neonConfig: {} }),
  });
  if (shape.Query !== undefined) {
    class Query {}
    furnish(Query.prototype, shape.Query);
    Object.assign(Client, { Query });
  }
  return Client;
}

// biome-ignore lint/suspicious/noExplicitAny: look-alikes have any generated member
type Anything = any;

export const clients: fc.Arbitrary<Program> = fc
  .record({ shape: clientShape, config: queryMembers })
  .map(({ shape, config }) => ({
    prepare(story) {
      const Client = clientClass(story, shape);
      return {
        target: Client,
        async run() {
          const client = new Client() as Anything;
          const callback = (...results: unknown[]) => story.add(`called back with ${results.length}`);
          await story.step('connect', () => client.connect());
          await story.step('connect with a callback', () => client.connect(callback));
          await story.step('query', () => client.query('SELECT 1'));
          await story.step('query with a callback', () => client.query('SELECT $1', [1], callback));
          await story.step('query of a config', () => client.query(furnish({}, config), callback));
          await story.step('query of nothing', () => client.query());
          await story.step('query on nothing', () => Client.prototype['query' as never]);
          await story.step('end', () => client.end(callback));
        },
      };
    },
  }));

const poolMembers = members(
  [
    '_clients',
    '_idle',
    '_pendingQueue',
    '_expired',
    'options',
    'ending',
    'ended',
    '_endCallback',
    'Client',
    '_isFull',
  ],
  { options: members(['max', 'min', 'maxUses']) },
);

export const pools: fc.Arbitrary<Program> = fc
  .record({
    own: poolMembers,
    keepsLists: fc.boolean(),
    methods: fc.record({
      connect: behaviour,
      newClient: behaviour,
      _release: behaviour,
      _remove: behaviour,
      _pulseQueue: behaviour,
      _acquireClient: behaviour,
      query: behaviour,
      end: behaviour,
    }),
    opens: fc.boolean(),
    client: clientShape,
  })
  .map(({ own, keepsLists, methods, opens, client: shape }) => ({
    prepare(story) {
      const Client = clientClass(story, shape);
      class Pool extends EventEmitter {
        constructor() {
          super();
          const lists = {
            _clients: 'list',
            _idle: 'list',
            _pendingQueue: 'list',
            _isFull: 'function',
          } as const;
          furnish(this, keepsLists ? { ...own, ...lists } : own);
        }
      }
      const made = () => new Client();
      for (const [name, as] of Object.entries(methods)) {
        Object.assign(Pool.prototype, { [name]: behaving(story, name, as, made) });
      }
      const { connect } = Pool.prototype as Anything;
      if (opens) {
        Object.assign(Pool.prototype, {
          connect(this: Anything, ...args: unknown[]) {
            this.newClient({});
            return connect.apply(this, args);
          },
          newClient(this: Anything) {
            const client = made();
            this._clients.push(client);
            return (client as Anything).connect((error: unknown) =>
              story.add(`client called back with ${typeof error}`),
            );
          },
        });
      }
      return {
        target: Pool,
        async run() {
          const pool = new Pool() as Anything;
          const callback = (...results: unknown[]) => story.add(`called back with ${results.length}`);
          await story.step('connect', () => pool.connect());
          await story.step('connect with a callback', () => pool.connect(callback));
          await story.step('connect with something', () => pool.connect({}));
          await story.step('query', () => pool.query('SELECT 1'));
          await story.step('query with a callback', () => pool.query('SELECT 1', callback));
          await story.step('newClient', () => pool.newClient());
          await story.step('_acquireClient', () => pool._acquireClient(made(), 'item'));
          await story.step('_release', () => pool._release(made()));
          await story.step('_release of nothing', () => pool._release());
          await story.step('_remove', () => pool._remove(made()));
          await story.step('_pulseQueue', () => pool._pulseQueue());
          await story.step('end', () => pool.end());
          await story.step('end again', () => pool.end(callback));
        },
      };
    },
  }));

/** The real pg-pool over clients of any kind. */
export const pgPools: fc.Arbitrary<Program> = fc
  .record({
    shape: clientShape,
    tampered: poolMembers,
    tamper: fc.subarray(['_expired', '_endCallback', 'Client', 'ended']),
  })
  .map(({ shape, tampered, tamper }) => ({
    prepare(story) {
      const Client = clientClass(story, shape);
      class Pool extends pg.Pool {}
      return {
        target: Pool,
        async run() {
          const pool = new Pool({ Client, max: 1 } as Anything) as Anything;
          pool.on('error', () => story.add('pool error'));
          const callback = (...results: unknown[]) => story.add(`called back with ${results.length}`);
          const { result: client } = await story.step('connect', () => pool.connect());
          await story.step('query that waits', () => pool.query('SELECT 1', callback));
          await story.step('release', async () => ((await client) as Anything)?.release?.(true));
          furnish(pool, Object.fromEntries(tamper.map((name) => [name, tampered[name] as 'null'])));
          await story.step('connect with a callback', () => pool.connect(callback));
          await story.step('end', () => pool.end(callback));
        },
      };
    },
  }));

/** A connection without a socket: the server's part, in this process. */
class StandIn extends EventEmitter {
  readonly #story: Story;
  stream = new EventEmitter();
  parsedStatements = {};
  submittedNamedStatements = {};
  constructor(story: Story) {
    super();
    this.#story = story;
  }
  #say(...events: [string, unknown?][]): void {
    setImmediate(() => {
      for (const [event, message] of events) {
        try {
          this.emit(event, message);
        } catch (error) {
          this.#story.add(`${event} threw ${(error as Error).message}`);
        }
      }
    });
  }
  connect(): void {
    this.#say(['connect'], ['readyForQuery', { status: 'I' }]);
  }
  startup(): void {}
  query(text: unknown): void {
    this.#story.add(`sent ${typeof text}`);
    this.#say(
      ['rowDescription', { fields: [] }],
      ['commandComplete', { text: 'SELECT 0' }],
      ['readyForQuery', { status: 'I' }],
    );
  }
  end(): void {
    this.#say(['end']);
  }
}

/** The real client of pg, asked for submittables of any kind. */
export const submittables: fc.Arbitrary<Program> = fc
  .record({
    own: queryMembers,
    sends: fc.boolean(),
    tampered: clientMembers,
    tamper: fc.subarray(['connectionParameters', 'host', 'port', 'database', 'ssl', 'pipeline']),
  })
  .map(({ own, sends, tampered, tamper }) => ({
    prepare(story) {
      class Client extends pg.Client {}
      return {
        target: Client,
        async run() {
          const standIn = new StandIn(story);
          const client = new Client({ connection: standIn } as Anything) as Anything;
          client.on('error', () => story.add('client error'));
          await story.step('connect', () => client.connect());
          const submittable = furnish({}, { ...own, submit: 'function' }) as Anything;
          if (sends) submittable.submit = (connection: StandIn) => connection.query('SELECT 1');
          await story.step('query of a submittable', () => client.query(submittable) === submittable);
          await story.step('query', () => client.query('SELECT 1'));
          const before = tamper.filter((name) => name !== 'connectionParameters');
          furnish(client, Object.fromEntries(before.map((name) => [name, tampered[name] as 'null'])));
          await story.step('query of the tampered', () => client.query('SELECT 1'));
          await story.step('query of values', () =>
            client.query(furnish({ text: 'SELECT 1' }, { name: own['name'] ?? 'missing' })),
          );
          await story.step('end', () => client.end());
        },
      };
    },
  }));

/** The function that `neon()` returns, with queries of any kind. */
export const neonQueries: fc.Arbitrary<Program> = fc
  .record({
    own: members(['execute', 'queryData', 'opts']),
    execute: behaviour,
    keepsExecute: fc.boolean(),
    transaction: behaviour,
  })
  .map(({ own, execute, keepsExecute, transaction }) => ({
    prepare(story) {
      const run = behaving(story, 'execute', execute);
      class QueryPromise {
        execute: Anything = run;
        queryData: unknown = { query: 'SELECT 1', params: [] };
        opts = {};
        // biome-ignore lint/suspicious/noThenProperty: a query of Neon's is a thenable
        then(...args: unknown[]) {
          return this.execute(this.queryData, this.opts).then(...args);
        }
        catch(...args: unknown[]) {
          return this.execute(this.queryData, this.opts).catch(...args);
        }
        finally(...args: unknown[]) {
          return this.execute(this.queryData, this.opts).finally(...args);
        }
      }
      const sql = Object.assign(() => new QueryPromise(), {
        query: () => new QueryPromise(),
        unsafe: () => ({}),
        transaction: behaving(story, 'transaction', transaction),
      });
      return {
        target: sql,
        async run() {
          const strange = () =>
            furnish(new QueryPromise(), keepsExecute ? { ...own, execute: 'missing' } : own);
          for (const [name, make] of [
            ['a query', () => new QueryPromise()],
            ['a strange query', strange],
          ] as const) {
            const noop = () => {};
            await story.step(`${name}, then`, () => make().then((value: unknown) => value, noop));
            await story.step(`${name}, catch`, () => make().catch(noop));
            await story.step(`${name}, finally`, () => make().finally(noop).then(noop, noop));
          }
          await story.step('transaction', () => sql.transaction([new QueryPromise(), strange()] as never));
          await story.step('transaction of nothing', () => sql.transaction());
        },
      };
    },
  }));
