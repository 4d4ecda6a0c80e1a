import { configure, type PostgresInstrumentationConfig } from '../configuration';
import { type PoolReading, PoolState } from '../pool-state';
import { Target } from '../target';
import { Pools } from './pools';

const READING: PoolReading = {
  total: 1,
  connecting: 0,
  idle: 1,
  pending: 0,
  limit: 10,
  idleMin: 0,
  idleMax: 10,
};
const shop = Target.of({ host: 'db', port: 5432, database: 'shop' });

/** Pools as drivers report them, and how often they were read. */
function registry(options: PostgresInstrumentationConfig = {}) {
  const pools = new Pools();
  const configuration = configure(options, {});
  const counted = { reads: 0 };
  return {
    pools,
    counted,
    open(target = shop) {
      let isAlive = true;
      const name = pools.nameOf(configuration, { target, user: undefined, applicationName: undefined });
      const state = new PoolState(name, target, () => {
        counted.reads += 1;
        return isAlive ? READING : undefined;
      });
      pools.add(state);
      return {
        state,
        name,
        /** Garbage collection: nobody calls. */
        drop() {
          isAlive = false;
        },
        end() {
          isAlive = false;
          pools.ended(state);
        },
      };
    },
  };
}

beforeAll(() => {
  jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});

afterAll(() => jest.restoreAllMocks());

describe('100,000 short-lived pools', () => {
  const COUNT = 100_000;
  const READS_PER_POOL = 4;

  it('that are ended have one name, one after the other', () => {
    const { open, counted, pools } = registry();
    const names = new Set<string>();
    for (let n = 0; n < COUNT; n += 1) {
      const pool = open();
      names.add(pool.name);
      pool.end();
    }
    expect([...names]).toEqual(['shop']);
    expect([...pools.known]).toEqual([]);
    expect(counted.reads).toBeLessThanOrEqual(READS_PER_POOL * COUNT);
  });

  it('that are dropped return their names when new ones come', () => {
    const { open, counted, pools } = registry();
    const names = new Set<string>();
    for (let n = 0; n < COUNT; n += 1) {
      const pool = open();
      names.add(pool.name);
      pool.drop();
    }
    expect(names.size).toBeLessThanOrEqual(3);
    expect([...pools.known].length).toBeLessThanOrEqual(3);
    expect(counted.reads).toBeLessThanOrEqual(READS_PER_POOL * COUNT);
  });

  it('that live at the same time are looked at a few times each', () => {
    const { open, counted } = registry();
    const names = Array.from({ length: COUNT }, () => open().name);
    expect(new Set(names).size).toBe(COUNT);
    expect(names.slice(0, 3)).toEqual(['shop', 'shop#2', 'shop#3']);
    expect(counted.reads).toBeLessThanOrEqual(READS_PER_POOL * COUNT);
  });

  it('with names of the user are numbered as quickly', () => {
    const { open } = registry({ poolNames: () => 'tenant' });
    const names = Array.from({ length: COUNT }, () => open().name);
    expect(new Set(names).size).toBe(COUNT);
    expect(names.slice(0, 3)).toEqual(['tenant', 'tenant#2', 'tenant#3']);
  });

  it('of which each is requested again cost nothing more', () => {
    const { open, pools, counted } = registry();
    const opened = Array.from({ length: 2000 }, () => open());
    counted.reads = 0;
    for (const { state } of opened) pools.add(state);
    expect(counted.reads).toBe(0);
  });
});

describe('a name', () => {
  it('is free again when its pool has ended', () => {
    const { open } = registry();
    const [first, second] = [open(), open()];
    expect([first.name, second.name]).toEqual(['shop', 'shop#2']);
    first.end();
    expect(open().name).toBe('shop');
    expect(open().name).toBe('shop#3');
  });

  it('of the user does not free the default one', () => {
    const { open } = registry({ poolNames: { shop: 'orders' } });
    expect([open().name, open().name]).toEqual(['orders', 'shop#2']);
  });

  it('is unique where two servers have a database of one name', () => {
    const other = Target.of({ host: 'other', port: 5432, database: 'shop' });
    const { open } = registry();
    expect([open(shop), open(other), open(other), open(shop)].map(({ name }) => name)).toEqual([
      'shop',
      'shop#2',
      'shop#3',
      'shop#4',
    ]);
  });

  it('stays when another instrumentation of the process takes over', () => {
    const { open } = registry();
    const { pools, open: openLater } = registry();
    pools.add(open().state);
    expect(openLater().name).toBe('shop#2');
  });
});
