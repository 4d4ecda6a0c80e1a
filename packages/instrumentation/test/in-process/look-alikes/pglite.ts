import * as fc from 'fast-check';
import type { Program } from './programs';
import { type Behaviour, behaving, behaviour, furnish, members } from './strange';

// biome-ignore lint/suspicious/noExplicitAny: look-alikes have any generated member
type Anything = any;

const ownMembers = members(['ready', 'closed', 'waitReady', 'ENV', 'mod'], {
  ENV: members(['PGDATABASE']),
  mod: members(['arguments']),
});
/** A method that holds a mutex runs a function, or behaves in another way. */
const exclusive: fc.Arbitrary<Behaviour | 'runs'> = fc.oneof(
  { weight: 2, arbitrary: fc.constant('runs' as const) },
  behaviour,
);

/** Query messages of the wire protocol: whole, cut off, of another kind, and no messages at all. */
const MESSAGES: readonly unknown[] = [
  Uint8Array.of(0x51, 0, 0, 0, 9, 0x42, 0x45, 0x47, 0),
  Uint8Array.of(0x42, 0, 0),
  Uint8Array.of(0x58),
  new Uint8Array(),
  'text',
  undefined,
];

/** `PGlite` with methods that behave in any way. */
export const pglites: fc.Arbitrary<Program> = fc
  .record({
    own: ownMembers,
    methods: fc.record({
      exec: behaviour,
      query: behaviour,
      transaction: behaviour,
      describeQuery: behaviour,
      runExclusive: behaviour,
      execProtocol: behaviour,
      execProtocolStream: behaviour,
      _checkReady: behaviour,
    }),
    mutexes: fc.record({ _runExclusiveQuery: exclusive, _runExclusiveTransaction: exclusive }),
    /** `query` goes through the other methods, as that of the driver. */
    isComposed: fc.boolean(),
    message: fc.constantFrom(...MESSAGES),
  })
  .map(({ own, methods, mutexes, isComposed, message }) => ({
    prepare(story) {
      class PGlite {
        constructor() {
          furnish(this, own);
        }
      }
      for (const [name, as] of Object.entries({ ...methods, ...mutexes })) {
        const runs = (run: () => unknown, ...more: unknown[]) => {
          story.add(`${name} called with ${more.length} more`);
          return run();
        };
        Object.assign(PGlite.prototype, { [name]: as === 'runs' ? runs : behaving(story, name, as) });
      }
      if (isComposed) {
        Object.assign(PGlite.prototype, {
          async query(this: Anything) {
            await this._checkReady();
            return this._runExclusiveTransaction(() =>
              handled(this._runExclusiveQuery(() => handled(this.execProtocol(message)), 'more')),
            );
          },
        });
      }
      return {
        target: PGlite,
        async run() {
          const db = new PGlite() as Anything;
          const work = (...results: unknown[]) => {
            story.add(`worked with ${results.length}`);
            return 'work';
          };
          await story.step('query', () => db.query('SELECT 1'));
          await story.step('query with values', () => db.query('SELECT $1', [1]));
          await story.step('query of nothing', () => db.query());
          await story.step('exec', () => db.exec('SELECT 1; SELECT 2'));
          await story.step('transaction', () => db.transaction(work));
          await story.step('transaction of nothing', () => db.transaction());
          await story.step('describeQuery', () => db.describeQuery('SELECT 1'));
          await story.step('runExclusive', () => db.runExclusive(work));
          await story.step('_checkReady', () => db._checkReady());
          await story.step('_runExclusiveTransaction', () => db._runExclusiveTransaction(work, 'more'));
          await story.step('_runExclusiveTransaction of nothing', () => db._runExclusiveTransaction());
          await story.step('_runExclusiveQuery', () => db._runExclusiveQuery(work, 'more'));
          await story.step('execProtocol', () => db.execProtocol(message));
          for (const name of ['_runExclusiveTransaction', '_runExclusiveQuery']) {
            await story.step(`${name} on nothing`, () => Reflect.apply(db[name], undefined, [work]));
          }
        },
      };
    },
  }));

/** A mutex may ignore what it runs. */
function handled(result: unknown): unknown {
  if (result instanceof Promise) result.catch(() => {});
  return result;
}
