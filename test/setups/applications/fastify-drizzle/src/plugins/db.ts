import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import fp from 'fastify-plugin'
import pg from 'pg'

declare module 'fastify' {
  export interface FastifyInstance {
    db: NodePgDatabase
  }
}

export default fp(async (fastify) => {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
  fastify.decorate('db', drizzle({ client: pool }))
  fastify.addHook('onClose', () => pool.end())
})
