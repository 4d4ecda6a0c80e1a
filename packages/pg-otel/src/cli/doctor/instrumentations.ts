import { text } from '../../environment';
import { registeredInstrumentations } from '../../instrumentations/register-installed';
import type { Finding } from '../finding';

/** Which of the application's other instrumentations the one line registers, so that a request and its queries are one trace. */
export function checkInstrumentations(): Finding {
  const check = 'instrumentations';
  const registered = registeredInstrumentations();
  const variable = 'PG_OTEL_INSTRUMENTATIONS';
  if (registered.length > 0) {
    const details = Object.fromEntries(registered.map(({ name, version }) => [name, version]));
    return { check, status: 'ok', message: registered.map(({ name }) => name).join(', '), details };
  }
  if (text(variable) !== undefined) {
    return { check, status: 'ok', message: `none next to that of Postgres (${variable})` };
  }
  return {
    check,
    status: 'note',
    message: 'none next to that of Postgres: a query is not in the trace of its HTTP request',
    advice: 'npm install @opentelemetry/instrumentation-http, and that of your framework, such as -express.',
  };
}
