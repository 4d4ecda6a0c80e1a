/** An instrumentation that the one line registers when the application has it. */
export interface KnownInstrumentation {
  /** npm packages that provide it, the preferred one first. */
  readonly packages: readonly string[];
  /** What it instruments: loaded only where one of these is installed. Absent for Node's own modules and for libraries that an application has only through others. */
  readonly libraries?: readonly string[];
  /** Not registered unless it is named, as in `@opentelemetry/auto-instrumentations-node`. */
  readonly isOnRequest?: true;
  /** Options without which it does nothing. */
  readonly options?: object;
}

const standard = (name: string): string => `@opentelemetry/instrumentation-${name}`;

const builtIn = ['aws-lambda', 'dns', 'http', 'net', 'runtime-node', 'undici'];

/** Standard instrumentations by the names of `OTEL_NODE_ENABLED_INSTRUMENTATIONS`, and the libraries that they instrument. */
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
 * The list of `@opentelemetry/auto-instrumentations-node` 0.82 without `pg`, which ours replaces, and Fastify, whose
 * instrumentation its own project maintains.
 */
export const catalogue: ReadonlyMap<string, KnownInstrumentation> = new Map<string, KnownInstrumentation>([
  ...builtIn.map((name) => [name, { packages: [standard(name)] }] as const),
  ...Object.entries(librariesOf).map(
    ([name, libraries]) => [name, { packages: [standard(name)], libraries }] as const,
  ),
  // Through clients, whose names are many.
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
