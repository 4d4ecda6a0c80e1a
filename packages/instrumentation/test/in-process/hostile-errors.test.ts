import { once } from 'node:events';
import pg from 'pg';
import { type Instrumented, startInstrumented } from './instrumented';

let shop: Instrumented;
let client: pg.Client;

beforeAll(async () => {
  shop = await startInstrumented();
  client = new pg.Client({ connectionString: shop.server.url });
  await client.connect();
});
beforeEach(() => {
  shop.configure({ exceptionMessages: true });
  shop.recorder.clear();
});
afterEach(() => expect(shop.recorder.openSpans()).toEqual([]));
afterAll(async () => {
  await client.end();
  await shop.stop();
});

/** pg passes on what a parser of the application's throws. */
const failWith = (error: unknown) => {
  const fail = (): never => {
    throw error;
  };
  return client.query({ text: 'SELECT 1', types: { getTypeParser: () => fail } as never }).then(
    () => {
      throw new Error('The query has not failed');
    },
    (rejected: unknown) => rejected,
  );
};

const reported = () => {
  const [span, ...otherSpans] = shop.queries();
  const [event, ...otherEvents] = shop.recorder.events();
  expect([otherSpans, otherEvents]).toEqual([[], []]);
  expect(event?.name).toBe('db.client.operation.exception');
  return {
    spanType: span?.attributes['error.type'],
    errorType: event?.attributes['error.type'],
    exceptionType: event?.attributes['exception.type'],
    exceptionMessage: event?.attributes['exception.message'],
  };
};

function withThrowing(...names: string[]): Error {
  const error = Object.assign(new Error('user data'), { code: 'E_MINE' });
  for (const name of names) {
    Object.defineProperty(error, name, {
      get(): never {
        throw new Error('getter');
      },
    });
  }
  return error;
}

it.each([
  [['constructor'], 'E_MINE', 'Error', 'user data'],
  [['name', 'cause', 'sourceError'], 'E_MINE', 'Error', 'user data'],
  [['code'], 'Error', 'Error', 'user data'],
  [['code', 'constructor', 'message', 'name', 'toString'], '_OTHER', 'Error', undefined],
])('an error whose %p throw has its event and its span', async (names, type, exceptionType, message) => {
  const error = withThrowing(...names);
  expect(await failWith(error)).toBe(error);
  expect(reported()).toEqual({
    spanType: type,
    errorType: type,
    exceptionType,
    exceptionMessage: message,
  });
});

it.each([
  ['an e-mail address', 'alice@example.com'],
  ['100,001 characters', 'E'.repeat(100_001)],
])('%s as the name of an error class is reported nowhere', async (_, name) => {
  const Named = Object.defineProperty(class extends Error {}, 'name', { value: name });
  const error = new Named('user data');
  expect(await failWith(error)).toBe(error);
  expect(reported()).toMatchObject({ spanType: '_OTHER', errorType: '_OTHER', exceptionType: 'Error' });
  const out = JSON.stringify([shop.recorder.spans(), shop.recorder.events(), await shop.recorder.points()]);
  expect(out).not.toContain(name);
});

describe('properties of an error other than its message are never reported', () => {
  const reportedText = async () =>
    JSON.stringify([shop.recorder.spans(), shop.recorder.events(), await shop.recorder.points()]);

  it('detail, hint and names in the error of a server', async () => {
    const failing = client.query(`
      DO $$ BEGIN
        RAISE EXCEPTION 'only this' USING DETAIL = 'SECRET', HINT = 'SECRET', TABLE = 'SECRET', COLUMN = 'SECRET';
      END $$`);
    await expect(failing).rejects.toMatchObject({ detail: 'SECRET', hint: 'SECRET', table: 'SECRET' });
    expect(reported().exceptionMessage).toBe('only this');
    expect(await reportedText()).not.toContain('SECRET');
  });

  it('where of a server', async () => {
    const failing = client.query(`DO $$ BEGIN EXECUTE 'SELECT 1 / 0 AS "SECRET"'; END $$`);
    await expect(failing).rejects.toMatchObject({ where: expect.stringContaining('SECRET') });
    expect(reported().exceptionMessage).toBe('division by zero');
    expect(await reportedText()).not.toContain('SECRET');
  });

  it('cause and errors of an application', async () => {
    const parts = [new Error('SECRET'), Object.assign(new Error('SECRET'), { password: 'SECRET' })];
    const error = new AggregateError(parts, 'only this', { cause: new Error('SECRET') });
    expect(await failWith(error)).toBe(error);
    expect(reported()).toMatchObject({ exceptionType: 'AggregateError', exceptionMessage: 'only this' });
    expect(await reportedText()).not.toContain('SECRET');
  });
});

it('an object of the application whose rows cannot be counted has its span', async () => {
  class Copy extends pg.Query {
    push(): void {}
    get rowCount(): never {
      throw new Error('getter');
    }
  }
  const copy = new Copy('SET search_path TO public');
  client.query(copy);
  await once(copy, 'end');
  expect(shop.queries()).toHaveLength(1);
});

it('a submittable that cannot be asked whether it was canceled has its span', async () => {
  let answered = (): void => {};
  const answer = new Promise<void>((resolve) => {
    answered = resolve;
  });
  client.query({
    text: 'SELECT 1',
    submit: (connection: { query(text: string): void }) => connection.query('SELECT 1'),
    handleRowDescription() {},
    handleDataRow() {},
    handleCommandComplete() {},
    handleReadyForQuery: () => answered(),
    handleError() {},
    get _canceledDueToError(): never {
      throw new Error('getter');
    },
  } as never);
  await answer;
  expect(shop.queries()).toHaveLength(1);
});
