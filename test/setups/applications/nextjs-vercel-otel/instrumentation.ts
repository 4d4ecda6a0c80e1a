import { registerOTel } from '@vercel/otel';

export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') {
    const { PostgresInstrumentation } = await import('@pg-otel/instrumentation');
    registerOTel({ instrumentations: ['auto', new PostgresInstrumentation()] });
  }
}
