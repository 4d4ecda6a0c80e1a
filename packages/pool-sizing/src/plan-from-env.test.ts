import { planFromEnv } from './plan-from-env';

const codes = (notes: readonly { code: string }[]) => notes.map(({ code }) => code);
const PASSWORD = 's3cret';
const direct = `postgres://shop:${PASSWORD}@db.example.com:5432/shop`;
const neonPooled = `postgresql://shop:${PASSWORD}@ep-cool-pooler.eu-central-1.aws.neon.tech/shop?sslmode=require`;
const neonDirect = neonPooled.replace('-pooler', '');

describe('a plan from the environment', () => {
  it('is of development without any variable', () => {
    const plan = planFromEnv({});

    expect(plan.environment).toBe('development');
    expect(plan.pool).toMatchObject({ max: 5, statement_timeout: 0 });
    expect(plan.load).toBeNull();
    expect(plan.warnings).toEqual([]);
  });

  it('takes all six', () => {
    const plan = planFromEnv({
      NODE_ENV: 'production',
      DATABASE_URL: direct,
      DATABASE_URL_UNPOOLED: direct,
      EXPECTED_CONCURRENT_USERS: '600',
      AVG_QUERIES_PER_USER: '30',
      PEAK_RPS: '250.5',
    });

    expect(plan.environment).toBe('production');
    expect(plan.load?.checkoutsPerSecond).toBe(300);
    expect(plan.pool).toMatchObject({ max: 21, idleTimeoutMillis: 60_000, connectionTimeoutMillis: 2_000 });
    expect(codes(plan.warnings)).toEqual(['use-time-guessed', 'mean-rate']);
  });

  it('has 10 queries per user and minute by default', () => {
    expect(planFromEnv({ EXPECTED_CONCURRENT_USERS: '600' }).load?.checkoutsPerSecond).toBe(100);
  });

  it('has one query per request by default', () => {
    expect(planFromEnv({ PEAK_RPS: '70' }).load?.checkoutsPerSecond).toBe(70);
    expect(planFromEnv({ PEAK_RPS: '70' }, { load: { queriesPerRequest: 3 } }).load?.checkoutsPerSecond).toBe(
      210,
    );
  });

  it('reads numbers as people write them', () => {
    expect(planFromEnv({ PEAK_RPS: ' 1.5e2 ' }).load?.checkoutsPerSecond).toBe(150);
    expect(planFromEnv({ PEAK_RPS: '.5' }).load?.checkoutsPerSecond).toBe(0.5);
    expect(planFromEnv({ EXPECTED_CONCURRENT_USERS: '0' }).load?.checkoutsPerSecond).toBe(0);
  });

  it('takes what is empty for absent, not for zero', () => {
    const plan = planFromEnv({
      EXPECTED_CONCURRENT_USERS: '',
      PEAK_RPS: ' ',
      NODE_ENV: '',
      DATABASE_URL: '',
    });

    expect(plan).toEqual(planFromEnv({}));
  });

  it('gives way to options, which give way to nothing when undefined', () => {
    const env = { NODE_ENV: 'production', PEAK_RPS: '70', OTEL_SERVICE_NAME: 'shop' };
    const plan = planFromEnv(env, {
      load: { peakRequestsPerSecond: 90 },
      limits: { environment: 'staging', serviceName: undefined },
    });

    expect(plan.load?.checkoutsPerSecond).toBe(90);
    expect(plan.environment).toBe('staging');
    expect(plan.pool.application_name).toBe('shop');
    expect(plan.reasons[0]).toEqual({
      code: 'environment-name',
      message: 'staging, as set by limits.environment',
    });
  });

  it('does not read a variable that an option replaces', () => {
    expect(planFromEnv({ PEAK_RPS: 'fast' }, { load: { peakRequestsPerSecond: 9 } }).load).not.toBeNull();
    expect(planFromEnv({ NODE_ENV: 'prod' }, { limits: { environment: 'test' } }).environment).toBe('test');
  });
});

describe('the environment', () => {
  it.each([
    [{ NODE_ENV: 'production' }, 'production', 'as set by NODE_ENV'],
    [{ NODE_ENV: 'staging' }, 'staging', 'as set by NODE_ENV'],
    [{ NODE_ENV: 'development' }, 'development', 'as set by NODE_ENV'],
    [{ NODE_ENV: 'test' }, 'test', 'as set by NODE_ENV'],
    [{ NODE_ENV: 'production', APP_ENV: 'staging' }, 'staging', 'as set by APP_ENV'],
    [{ APP_ENV: 'staging' }, 'staging', 'as set by APP_ENV'],
    [{ NODE_ENV: 'production', APP_ENV: 'local' }, 'production', 'as set by NODE_ENV'],
    [{ NODE_ENV: 'test', APP_ENV: 'staging' }, 'test', 'as set by NODE_ENV'],
    [{ AWS_LAMBDA_FUNCTION_NAME: 'f' }, 'serverless', 'as AWS_LAMBDA_FUNCTION_NAME is set (AWS Lambda)'],
    [{ NODE_ENV: 'production', VERCEL: '1' }, 'serverless', 'as VERCEL is set (Vercel)'],
    [{ NODE_ENV: 'staging', NETLIFY: 'true' }, 'serverless', 'as NETLIFY is set (Netlify)'],
    [{ FUNCTION_TARGET: 'f' }, 'serverless', 'as FUNCTION_TARGET is set (Google Cloud Functions)'],
    [
      { FUNCTIONS_WORKER_RUNTIME: 'node' },
      'serverless',
      'as FUNCTIONS_WORKER_RUNTIME is set (Azure Functions)',
    ],
    [{ NODE_ENV: 'development', VERCEL: '1' }, 'development', 'as set by NODE_ENV'],
  ])('of %j is %s', (env, environment, because) => {
    const plan = planFromEnv(env);

    expect(plan.environment).toBe(environment);
    expect(plan.reasons[0]?.message).toBe(`${environment}, ${because}`);
  });
});

describe('the connection string', () => {
  it('of a pooled Neon leaves session settings out', () => {
    const plan = planFromEnv({ NODE_ENV: 'test', DATABASE_URL: neonPooled });

    expect(codes(plan.reasons)).toEqual(expect.arrayContaining(['neon-host', 'pooler']));
    expect(codes(plan.warnings)).toEqual(['startup-parameters']);
    expect(plan.pool).not.toHaveProperty('statement_timeout');
  });

  it.each([
    [undefined, 23],
    ['on', 23],
    ['off', 24],
    ['false', 24],
  ])('with PG_OTEL_DIAGNOSE=%s leaves %i connections to the pool', (PG_OTEL_DIAGNOSE, share) => {
    const limits = { processes: 4, serverConnections: 100 };
    expect(planFromEnv({ PG_OTEL_DIAGNOSE }, { limits }).connections.share).toBe(share);
  });

  it('of Neon has seven connections reserved', () => {
    const limits = { serverConnections: 104 };

    expect(planFromEnv({ DATABASE_URL: neonDirect }, { limits }).fleet.budget).toBe(97);
    expect(planFromEnv({ DATABASE_URL: direct }, { limits }).fleet.budget).toBe(101);
  });

  it.each([
    ['a -pooler host that is not Neon’s', 'postgres://u:p@db-pooler.example.com/d'],
    ['pgbouncer=true', 'postgres://u:p@db/d?pgbouncer=true'],
    ['the port of PgBouncer', 'postgres://u:p@db:6432/d'],
    ['the port of Supavisor', 'postgres://u:p@aws-0.pooler.supabase.com:6543/d'],
  ])('recognises a pooler by %s', (_, url) => {
    expect(codes(planFromEnv({ DATABASE_URL: url }).reasons)).toContain('pooler');
    expect(codes(planFromEnv({ DATABASE_URL: url }, { limits: { pooler: 'none' } }).reasons)).not.toContain(
      'pooler',
    );
  });

  it('that sets session settings behind a pooler is warned of', () => {
    const settings = 'statement_timeout=5000&options=-c%20search_path%3Da';

    expect(codes(planFromEnv({ DATABASE_URL: `${neonPooled}&${settings}` }).warnings)).toEqual([
      'url-startup-parameters',
    ]);
    expect(codes(planFromEnv({ DATABASE_URL: `${direct}?${settings}` }).warnings)).toEqual([]);
  });

  it('for migrations that is pooled is warned of', () => {
    const plan = planFromEnv({ DATABASE_URL: neonPooled, DATABASE_URL_UNPOOLED: neonPooled });

    expect(codes(plan.warnings)).toContain('unpooled-is-pooled');
  });

  it('is the direct one where there is no other', () => {
    expect(codes(planFromEnv({ DATABASE_URL_UNPOOLED: neonDirect }).reasons)).toContain('neon-host');
  });

  it('is never in a plan', () => {
    const plan = planFromEnv({ DATABASE_URL: neonPooled, DATABASE_URL_UNPOOLED: direct });

    expect(JSON.stringify(plan)).not.toContain(PASSWORD);
    expect(JSON.stringify(plan)).not.toContain('shop');
  });
});

describe('a variable that is not accepted', () => {
  const users = 'EXPECTED_CONCURRENT_USERS must be a number from 0 to 1000000000';
  const peak = 'PEAK_RPS must be a number greater than 0 and at most 1000000000';

  it.each([
    [{ EXPECTED_CONCURRENT_USERS: 'NaN' }, `${users}, got "NaN"`],
    [{ EXPECTED_CONCURRENT_USERS: '-1' }, `${users}, got -1`],
    [{ EXPECTED_CONCURRENT_USERS: '1e10' }, `${users}, got 10000000000`],
    [{ EXPECTED_CONCURRENT_USERS: '1,000' }, `${users}, got "1,000"`],
    [{ EXPECTED_CONCURRENT_USERS: '0x10' }, `${users}, got "0x10"`],
    [
      { AVG_QUERIES_PER_USER: '0' },
      'AVG_QUERIES_PER_USER must be a number greater than 0 and at most 1000000000, got 0',
    ],
    [{ PEAK_RPS: 'fast' }, `${peak}, got "fast"`],
    [{ PEAK_RPS: '0' }, `${peak}, got 0`],
    [{ PEAK_RPS: 'Infinity' }, `${peak}, got "Infinity"`],
    [{ PEAK_RPS: '1e999' }, `${peak}, got Infinity`],
    [{ PEAK_RPS: direct }, `${peak}, got a text that looks like a connection string`],
    [{ PEAK_RPS: 'x'.repeat(100) }, `${peak}, got "${'x'.repeat(40)}…"`],
    [
      { EXPECTED_CONCURRENT_USERS: '0', PEAK_RPS: '3' },
      'EXPECTED_CONCURRENT_USERS must be greater than 0 when PEAK_RPS is, which is 3, got 0',
    ],
    [{ NODE_ENV: 'prod' }, 'NODE_ENV must be one of production, staging, development, test, got "prod"'],
    [{ DATABASE_URL: 'db.example.com' }, 'DATABASE_URL must be a URL like postgres://'],
    [{ DATABASE_URL: `mysql://u:${PASSWORD}@db/d` }, 'DATABASE_URL must be a URL like postgres://'],
    [{ DATABASE_URL: `postgres://u:${PASSWORD}%@db:x/d` }, 'DATABASE_URL must be a URL like postgres://'],
    [{ DATABASE_URL_UNPOOLED: `${PASSWORD}` }, 'DATABASE_URL_UNPOOLED must be a URL like postgres://'],
  ])('%j is an error that names the setting, its value, what is accepted and its source', (env, message) => {
    const error = errorOf(() => planFromEnv(env));

    expect(error).toMatchObject({ name: 'PlanInputError', setting: message.split(' ')[0] });
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/\(from the environment\)$/);
    expect(`${error.stack}`).not.toContain(PASSWORD);
  });

  it('is distinguished from a value in code', () => {
    const options = { load: { peakRequestsPerSecond: -1 } };

    expect(() => planFromEnv({ PEAK_RPS: '5' }, options)).toThrow(
      /^load\.peakRequestsPerSecond .*\(given in code\)$/,
    );
  });
});

function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}
