import { count, eq, sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { db } from './db/index.js'
import { archivedNotes, notes } from './db/schema.js'

const app = new Hono()

app.get('/', async (c) => c.json(await db.select().from(notes).orderBy(notes.id)))

// A slow query: pg-otel emits an event while it runs.
app.get('/report', async (c) => {
  const [row] = await db.select({ notes: count() }).from(notes).where(sql`pg_sleep(0.75) IS NOT NULL`).limit(1)
  return c.json(row)
})

// A query that fails.
app.get('/archived', async (c) => {
  try {
    return c.json(await db.select().from(archivedNotes))
  } catch (error) {
    const { code } = (error as Error).cause as { code: string }
    return c.json({ code }, 500)
  }
})

app.get('/:id', async (c) => c.json(await db.select().from(notes).where(eq(notes.id, Number(c.req.param('id'))))))

export default app
