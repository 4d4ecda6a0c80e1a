import fp from 'fastify-plugin'
import { telemetry } from '../../instrumentation.js'

// fastify-cli ends the process as soon as the server is closed.
export default fp(async (fastify) => {
  fastify.addHook('onClose', () => telemetry.forceFlush())
})
