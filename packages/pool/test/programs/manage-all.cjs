// Preloaded: every pool of the program is managed, from its construction on, and checked as often as possible.
const pg = require('pg');
const { managePool } = require('@pg-otel/pool');

pg.Pool = new Proxy(pg.Pool, {
  construct(target, args, newTarget) {
    const pool = Reflect.construct(target, args, newTarget === pg.Pool ? target : newTarget);
    return managePool(pool, { healthCheck: { intervalMillis: 1_000 } });
  },
});
