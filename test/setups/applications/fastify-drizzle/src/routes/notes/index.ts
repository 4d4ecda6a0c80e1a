import { count, eq, sql } from 'drizzle-orm'
import { type FastifyPluginAsync } from 'fastify'
import { archivedNotes, notes } from '../../db/schema.js'

const route: FastifyPluginAsync = async (fastify): Promise<void> => {
  const { db } = fastify

  fastify.get('/', () => db.select().from(notes).orderBy(notes.id))

  fastify.get<{ Params: { id: number } }>('/:id', (request) =>
    db.select().from(notes).where(eq(notes.id, request.params.id)))

  // A slow query: pg-otel emits an event while it runs.
  fastify.get('/report', async () => {
    const [row] = await db.select({ notes: count() }).from(notes).where(sql`pg_sleep(0.75) IS NOT NULL`).limit(1)
    return row
  })

  // A query that fails.
  fastify.get('/archived', async (_request, reply) => {
    try {
      return await db.select().from(archivedNotes)
    } catch (error) {
      const { code } = (error as Error).cause as { code: string }
      return reply.code(500).send({ code })
    }
  })
}

export default route
