import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { client } from './db/index.js'
import notes from './notes.js'

const app = new Hono()

app.get('/', (c) => {
  return c.text('Hello Hono!')
})
app.route('/notes', notes)

const server = serve({
  fetch: app.fetch,
  port: Number(process.env.PORT ?? 3000)
})

process.on('SIGTERM', () => {
  server.close(() => client.end())
})
