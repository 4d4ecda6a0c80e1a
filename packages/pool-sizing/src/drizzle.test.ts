import { type Config, defineConfig } from 'drizzle-kit';
import { drizzleConfig } from './drizzle';

const PASSWORD = 'p%40ss';
const direct = `postgres://shop:${PASSWORD}@db.example.com:5432/shop`;
const neonPooled = `postgresql://shop:${PASSWORD}@ep-a-pooler-pooler.eu.aws.neon.tech/shop-pooler.x?sslmode=require`;
const neonDirect = `postgresql://shop:${PASSWORD}@ep-a-pooler.eu.aws.neon.tech/shop-pooler.x?sslmode=require`;

let emitWarning: jest.SpyInstance;
beforeEach(() => {
  emitWarning = jest.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterEach(() => emitWarning.mockRestore());

describe('the configuration for drizzle-kit', () => {
  it.each([
    ['production', { strict: true, verbose: true, breakpoints: true }],
    ['staging', { strict: false, verbose: true, breakpoints: true }],
    ['development', { strict: false, verbose: false, breakpoints: true }],
    ['test', { strict: false, verbose: false, breakpoints: true }],
  ])('in %s', (NODE_ENV, care) => {
    const config: Config = drizzleConfig({
      NODE_ENV,
      DATABASE_URL_UNPOOLED: direct,
      DATABASE_URL: neonPooled,
    });

    expect(config).toEqual({ dialect: 'postgresql', dbCredentials: { url: direct }, ...care });
    expect(emitWarning).not.toHaveBeenCalled();
  });

  it('where functions run is as careful as production', () => {
    const config = drizzleConfig({ VERCEL: '1', NODE_ENV: 'production', DATABASE_URL_UNPOOLED: direct });

    expect(config).toMatchObject({ strict: true, verbose: true });
  });

  it('is a configuration that drizzle-kit accepts, with further settings', () => {
    const config = defineConfig(
      drizzleConfig(
        { NODE_ENV: 'production', DATABASE_URL_UNPOOLED: direct },
        {
          schema: './src/schema.ts',
          out: './drizzle',
          strict: false,
          verbose: undefined,
          casing: 'snake_case',
          migrations: { table: 'migrations', schema: 'public', prefix: 'timestamp' },
          entities: { roles: { provider: 'neon' } },
        },
      ),
    );

    expect(config).toEqual({
      dialect: 'postgresql',
      schema: './src/schema.ts',
      out: './drizzle',
      strict: false,
      verbose: true,
      breakpoints: true,
      casing: 'snake_case',
      migrations: { table: 'migrations', schema: 'public', prefix: 'timestamp' },
      entities: { roles: { provider: 'neon' } },
      dbCredentials: { url: direct },
    });
  });

  it('may be of another environment than NODE_ENV', () => {
    const env = { NODE_ENV: 'prod', DATABASE_URL_UNPOOLED: direct };

    expect(drizzleConfig(env, { environment: 'production' })).toMatchObject({ strict: true });
    expect(drizzleConfig(env, { environment: 'production' })).not.toHaveProperty('environment');
    expect(() => drizzleConfig(env)).toThrow(
      'NODE_ENV must be one of production, staging, development, test, got "prod"',
    );
    expect(() => drizzleConfig(env, { environment: 'prod' as 'production' })).toThrow(
      'settings.environment must be one of',
    );
  });
});

describe('the connection string of migrations', () => {
  const urlOf = (env: Record<string, string>) => drizzleConfig(env).dbCredentials.url;

  it('is DATABASE_URL where that is direct', () => {
    expect(urlOf({ DATABASE_URL: direct })).toBe(direct);
    expect(emitWarning).not.toHaveBeenCalled();
  });

  it('is derived from a pooled one of Neon, with a warning, and everything else of it as it was', () => {
    expect(urlOf({ DATABASE_URL: neonPooled })).toBe(neonDirect);
    expect(emitWarning).toHaveBeenCalledTimes(1);
    expect(emitWarning).toHaveBeenCalledWith(expect.stringMatching(/^DATABASE_URL_UNPOOLED is not set/), {
      code: 'PG_OTEL_UNPOOLED_DERIVED',
    });
  });

  it('is derived from a direct one that is pooled, with another warning', () => {
    expect(urlOf({ DATABASE_URL: direct, DATABASE_URL_UNPOOLED: neonPooled })).toBe(neonDirect);
    expect(emitWarning).toHaveBeenCalledWith(
      expect.stringMatching(/^DATABASE_URL_UNPOOLED is a pooled/),
      expect.anything(),
    );
  });

  it('keeps a password with an @ and a -pooler in it', () => {
    const url = 'postgres://u:a@b-pooler.c@ep-x-pooler.eu.neon.tech/d';

    expect(urlOf({ DATABASE_URL: url })).toBe('postgres://u:a@b-pooler.c@ep-x.eu.neon.tech/d');
  });

  it.each([
    'postgres://u:hidden@db-pooler.example.com/d',
    'postgres://u:hidden@db:6432/d',
    'postgres://u:hidden@db/d?pgbouncer=true',
  ])('is refused when only another pooler’s is there: %s', (DATABASE_URL) => {
    const call = () => urlOf({ DATABASE_URL });

    expect(call).toThrow(
      /^DATABASE_URL_UNPOOLED must be set to a direct connection: .*\(from the environment\)$/,
    );
    expect(call).not.toThrow(/hidden/);
  });

  it('is believed when it is set', () => {
    expect(urlOf({ DATABASE_URL_UNPOOLED: 'postgres://u:p@db:6432/d' })).toBe('postgres://u:p@db:6432/d');
  });

  it('is missed, and one that does not parse is not repeated', () => {
    expect(() => urlOf({})).toThrow(
      'DATABASE_URL_UNPOOLED must be set, or DATABASE_URL to a direct connection, got neither (from the environment)',
    );
    expect(() => urlOf({ DATABASE_URL_UNPOOLED: 'hidden' })).toThrow(/^DATABASE_URL_UNPOOLED must be a URL/);
    expect(() => urlOf({ DATABASE_URL_UNPOOLED: 'hidden' })).not.toThrow(/hidden/);
  });
});
