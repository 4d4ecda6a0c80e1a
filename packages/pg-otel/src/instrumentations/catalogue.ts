/** An instrumentation that pg-otel registers when the application has installed it. */
export interface KnownInstrumentation {
  /** npm packages that provide it, the preferred one first. */
  readonly packages: readonly string[];
  /**
   * The instrumented libraries: it is loaded only if one of them is installed. Absent for Node's modules and for libraries
   * that are usually indirect dependencies.
   */
  readonly libraries?: readonly string[];
  /** Registered only by name, as in `@opentelemetry/auto-instrumentations-node`. */
  readonly isOnRequest?: true;
  /** Options that it needs to do anything. */
  readonly options?: object;
}

const standard = (name: string): string => `@opentelemetry/instrumentation-${name}`;

const builtIn = ['aws-lambda', 'dns', 'http', 'net', 'runtime-node', 'undici'];

/** The libraries that each standard instrumentation instruments, by its name in `OTEL_NODE_ENABLED_INSTRUMENTATIONS`. */
const librariesOf: Readonly<Record<string, readonly string[]>> = {
  amqplib: ['amqplib'],
  bunyan: ['bunyan'],
  'cassandra-driver': ['cassandra-driver'],
  connect: ['connect'],
  cucumber: ['@cucumber/cucumber'],
  dataloader: ['dataloader'],
  express: ['express'],
  'generic-pool': ['generic-pool'],
  graphql: ['graphql'],
  grpc: ['@grpc/grpc-js'],
  hapi: ['@hapi/hapi'],
  ioredis: ['ioredis'],
  kafkajs: ['kafkajs'],
  knex: ['knex'],
  koa: ['koa'],
  'lru-memoizer': ['lru-memoizer'],
  memcached: ['memcached'],
  mongodb: ['mongodb', 'mongoose'],
  mongoose: ['mongoose'],
  mysql: ['mysql'],
  mysql2: ['mysql2'],
  'nestjs-core': ['@nestjs/core'],
  openai: ['openai'],
  oracledb: ['oracledb'],
  pino: ['pino', 'fastify'],
  redis: ['redis', '@redis/client'],
  restify: ['restify'],
  router: ['router', 'express'],
  'socket.io': ['socket.io'],
  tedious: ['tedious', 'mssql'],
  winston: ['winston'],
};

/**
 * The list of `@opentelemetry/auto-instrumentations-node` 0.82 without `pg`, which pg-otel replaces, and with the
 * instrumentation that Fastify maintains itself.
 */
export const catalogue: ReadonlyMap<string, KnownInstrumentation> = new Map<string, KnownInstrumentation>([
  ...builtIn.map((name) => [name, { packages: [standard(name)] }] as const),
  ...Object.entries(librariesOf).map(
    ([name, libraries]) => [name, { packages: [standard(name)], libraries }] as const,
  ),
  // The AWS SDK has a package for each service.
  ['aws-sdk', { packages: [standard('aws-sdk')] }],
  [
    'fastify',
    {
      packages: ['@fastify/otel'],
      libraries: ['fastify'],
      options: { registerOnInitialization: true },
    },
  ],
  ['fs', { packages: [standard('fs')], isOnRequest: true }],
  ['host-metrics', { packages: [standard('host-metrics')], isOnRequest: true }],
]);
