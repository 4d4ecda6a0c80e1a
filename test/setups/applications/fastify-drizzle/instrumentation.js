import { start } from 'pg-otel'

export const telemetry = start()
