import { createServer } from 'node:http'
import { prisma } from './prisma.ts'

const routes: Record<string, (id: number) => Promise<unknown>> = {
  '/notes': () => prisma.note.findMany({ orderBy: { id: 'asc' } }),
  '/notes/:id': (id) => prisma.note.findMany({ where: { id } }),
  // A slow query: pg-otel emits an event while it runs.
  '/notes/report': async () => {
    const [row] = await prisma.$queryRaw<unknown[]>`SELECT count(*)::int AS notes FROM notes, pg_sleep(1.5)`
    return row
  },
  // A query that fails.
  '/notes/archived': () => prisma.archivedNote.findMany()
}

const server = createServer(async (request, response) => {
  const id = Number(/\d+$/.exec(request.url ?? '')?.[0])
  const route = routes[request.url?.replace(/\d+$/, ':id') ?? '']
  let status = route === undefined ? 404 : 200
  let answer: unknown
  try {
    answer = await route?.(id)
  } catch (error) {
    status = 500
    answer = { code: (error as { code: string }).code }
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? null))
})
server.listen(process.env.PORT ?? 3000)

process.on('SIGTERM', () => {
  server.close(() => void prisma.$disconnect())
})
