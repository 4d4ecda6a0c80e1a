import { channel } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { DiagLogLevel, diag } from '@opentelemetry/api';
import { fuzz } from '@pg-otel/testkit';
import fc from 'fast-check';
import type pg from 'pg';
import { CHANNELS } from '../../src/channels';
import { type Instrumented, startInstrumented } from './instrumented';

/** A secret of letters that are not part of any name, number or text of pg-otel. */
const secret = fc
  .array(fc.constantFrom(...'ghjkpqvwxyz'), { minLength: 8, maxLength: 12 })
  .map((letters) => `zq${letters.join('')}`);

/**
 * Passwords as people choose them, except those with an `@` before a `#` or `?`: from these, drivers derive a host that
 * looks like any other (docs/decisions/0020).
 */
const PASSWORDS: ((secret: string) => string)[] = [
  (s) => s,
  (s) => `12/${s}`,
  (s) => `12#${s}`,
  (s) => `12?${s}`,
  (s) => `1@2/${s}`,
  (s) => `${s}/12`,
  (s) => `${s}#12`,
  (s) => `${s}@12`,
  (s) => `${s}:12`,
  (s) => `12:${s}`,
  (s) => `%40${s}`,
  (s) => `%zz${s}`,
  (s) => `${s}%2F`,
  (s) => `a b${s}`,
];

/** Connection strings as people write and paste them. */
const WRITTEN: ((password: string, host: string) => string)[] = [
  (p, host) => `postgres://app:${p}@${host}/shop`,
  (p, host) => `postgresql://app:${p}@${host}/shop?application_name=shop`,
  (p, host) => `postgres://app:${encodeURIComponent(p)}@${host}/shop`,
  (p, host) => `postgres://app@${host}/shop?password=${p}`,
  (p, host) => `postgres:/app:${p}@${host}/shop`,
  (p, host) => `postgres//app:${p}@${host}/shop`,
  (p, host) => `//app:${p}@${host}/shop`,
  (p, host) => `app:${p}@${host}/shop`,
  (p, host) => `postgresql+asyncpg://app:${p}@${host}/shop`,
  (p, host) => `jdbc:postgresql://${host}/shop?user=app&password=${p}`,
  (p, host) => `host=${host} user=app password=${p} dbname=shop`,
  (p, host) => `host=${host} user=app Password = '${p}' dbname=shop`,
  (p, host) => `Server=${host};Database=shop;User Id=app;Password=${p};`,
  (p, host) => `Server=${host};Database=shop;Uid=app;PWD=${p};`,
  (p) => `PGPASSWORD=${p}`,
  (p, host) => `host: ${host}, password: ${p}`,
  (p, host) => JSON.stringify({ host, user: 'app', password: p }),
  (p, host) => `psql 'postgres://app:${p}@${host}/shop'`,
  (p, host) => `postgres://${host}/postgres://app:${p}@${host}/shop`,
  (p, host) => `${host}:shop:app:${p}`,
  (p) => `psql --password ${p} shop`,
  (p) => `the password is ${p}`,
];

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const eachByteEncoded = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

/** Changes to a connection string on its way into a program. */
const PASTED: ((text: string) => string)[] = [
  (text) => text,
  (text) => `"${text}"`,
  (text) => `'${text}'`,
  (text) => ` ${text}`,
  (text) => `${text}\n`,
  (text) => `DATABASE_URL=${text}`,
  (text) => `export DATABASE_URL="${text}"`,
  (text) => `/tmp ${text}`,
  (text) => `socket:/tmp?db=${text}`,
  encodeURI,
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => encodeURIComponent(text).toLowerCase(),
  base64,
  (text) => Buffer.from(text).toString('base64url'),
  (text) => text.toUpperCase(),
  (text) => JSON.stringify(JSON.stringify({ url: text })),
  (text) => text.replaceAll('/', '\\/').replaceAll('@', '\\u0040'),
  (text) => text.replaceAll('/', '&#x2F;').replaceAll('@', '&commat;'),
  (text) => eachByteEncoded(eachByteEncoded(text)),
  (text) => base64(base64(text)),
  (text) => `xy${base64(`${text}ü`)}`,
];

/** The settings in which a program uses them. */
const PLACES: ((text: string) => pg.ClientConfig)[] = [
  (text) => ({ connectionString: text }),
  (text) => ({ host: text, database: 'shop', user: 'app' }),
  (text) => ({ database: text, user: 'app' }),
  (text) => ({ host: 'db', database: text, user: 'app' }),
  (text) => ({ user: text }),
  (text) => ({ user: 'app', database: 'shop', application_name: text }),
  (text) => {
    process.env['PGDATABASE'] = text;
    return { user: 'app' };
  },
  (text) => {
    process.env['PGHOST'] = text;
    return { user: 'app', database: 'shop' };
  },
];

/** Connects with settings: `config`, or the text itself. */
export type Use = (config: pg.ClientConfig, text: string, shop: Instrumented) => Promise<unknown>;

/** The secret itself and in Base64, at each position within a group of characters. */
function traces(secret: string): string[] {
  const inner = (before: string) => {
    const encoded = Buffer.from(before + secret).toString('base64');
    return encoded.slice(before === '' ? 0 : 4, Math.floor((before.length + secret.length) / 3) * 4);
  };
  return [secret, inner(''), inner('x'), inner('xx')].map((text) => text.toLowerCase());
}

/** The first of these texts in the output, with its surroundings. */
function found(out: string, texts: readonly string[]): string | undefined {
  const position = texts.map((text) => out.indexOf(text)).find((position) => position >= 0);
  return position === undefined ? undefined : out.slice(Math.max(0, position - 200), position + 100);
}

/** Warnings, diagnostic logs, and messages for other packages. */
const written: unknown[] = [];
const write = (...what: unknown[]): void => void written.push(what);

/**
 * Reads everything that leaves this process, until the returned function is called. Until then, every host name resolves
 * to the server, so that it repeats the names of databases and users in its messages.
 */
function readEverything({ server }: Instrumented): () => void {
  const lookup = jest.spyOn(dns, 'lookup').mockImplementation(((
    _: string,
    options: { all?: boolean },
    found: unknown,
  ) => {
    const call = (found ?? options) as (error: null, address: unknown, family?: number) => void;
    if (options.all) call(null, [{ address: server.host, family: 4 }]);
    else call(null, server.host, 4);
  }) as unknown as typeof dns.lookup);
  const emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(write);
  diag.setLogger(
    { error: write, warn: write, info: write, debug: write, verbose: write },
    { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
  );
  for (const name of Object.values(CHANNELS)) channel(name).subscribe(write);
  return () => {
    for (const name of Object.values(CHANNELS)) channel(name).unsubscribe(write);
    emitWarning.mockRestore();
    diag.disable();
    lookup.mockRestore();
  };
}

/** Turns on all options that report more. */
const reportMost = (shop: Instrumented): void =>
  shop.configure({ exceptionMessages: true, acquireSpans: 'always' });

const environment = { ...process.env };

async function expectNoSecretToLeave(shop: Instrumented, uses: Readonly<Record<string, Use>>): Promise<void> {
  const index = (list: readonly unknown[]) => fc.nat({ max: list.length - 1 });
  const at = <Item>(list: readonly Item[], position: number) => list[position] as Item;
  await fc.assert(
    fc.asyncProperty(
      secret,
      index(PASSWORDS),
      index(WRITTEN),
      index(PASTED),
      index(PLACES),
      fc.constantFrom(...Object.keys(uses)),
      async (data, password, way, paste, place, use) => {
        const { host, port } = shop.server;
        process.env = { ...environment, PGHOST: host, PGPORT: String(port) };
        shop.recorder.clear();
        written.length = 0;
        reportMost(shop);
        const text = at(PASTED, paste)(at(WRITTEN, way)(at(PASSWORDS, password)(data), `${host}:${port}`));
        try {
          const config = at(PLACES, place)(text);
          await uses[use]?.(config, text, shop);
        } catch {
          // Most settings are wrong.
        } finally {
          process.env = { ...environment };
        }
        const left = [shop.recorder.spans(), shop.recorder.events(), await shop.recorder.points(), written];
        expect(found(JSON.stringify(left).toLowerCase(), traces(data))).toBeUndefined();
      },
    ),
    // Not shrunk: metrics still contain the values of the previous input.
    { ...fuzz(300), endOnFailure: true },
  );
}

/**
 * Defines tests of drivers with settings that they misread.
 *
 * @param setUp instruments the drivers
 */
export function testMisreadSettings(
  drivers: Readonly<Record<string, Use>>,
  setUp: (shop: Instrumented) => void | Promise<void>,
): void {
  let shop: Instrumented;
  let stopReading: () => void;

  beforeAll(async () => {
    shop = await startInstrumented({ user: 'app', hba: ['host all all all trust'] });
    await setUp(shop);
    stopReading = readEverything(shop);
  });
  afterAll(async () => {
    stopReading();
    await shop.stop();
  });
  beforeEach(() => {
    shop.recorder.clear();
    reportMost(shop);
  });

  it.each(Object.entries(drivers))('%s is observed', async (_, use) => {
    await use({ connectionString: shop.server.url }, shop.server.url, shop);
    expect(shop.queries()).toHaveLength(1);
  });

  it('a password anywhere in the settings never leaves the process', () =>
    expectNoSecretToLeave(shop, drivers));
}

const ignored = (): void => {};

export async function useClient(Client: typeof pg.Client, config: pg.ClientConfig): Promise<void> {
  const client = new Client(config);
  client.on('error', ignored);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}

export async function usePool(Pool: typeof pg.Pool, config: pg.PoolConfig): Promise<void> {
  const pool = new Pool(config);
  pool.on('error', ignored);
  try {
    await pool.query('SELECT 1');
  } finally {
    await pool.end();
  }
}
