import path from 'node:path';
import { variable } from '../../environment';
import { registeredInstrumentations } from '../../instrumentations/register-installed';
import type { Finding } from '../finding';
import { installed } from './installed';

/** Shows the other installed instrumentations that pg-otel registers, so that a request and its queries are one trace. */
export function checkInstrumentations(): Finding {
  const check = 'instrumentations';
  const registered = registeredInstrumentations();
  const name = 'PG_OTEL_INSTRUMENTATIONS';
  if (registered.length > 0) {
    const details = Object.fromEntries(registered.map(({ name, version }) => [name, version]));
    return { check, status: 'ok', message: registered.map(({ name }) => name).join(', '), details };
  }
  if (variable(name) !== undefined) {
    return { check, status: 'ok', message: `none in addition to that of Postgres (${name})` };
  }
  return {
    check,
    status: 'note',
    message: 'none in addition to that of Postgres: a query is not in the trace of its HTTP request',
    advice:
      'Run npm install @opentelemetry/instrumentation-http, and install that of your framework, such as -express.',
  };
}

/** If another instrumentation of the driver is enabled too, pg-otel emits no spans and query durations. */
export function checkDoubled(cwd: string): Finding {
  const auto = installed('@opentelemetry/auto-instrumentations-node', cwd);
  const standard =
    installed('@opentelemetry/instrumentation-pg', cwd) ??
    (auto === undefined
      ? undefined
      : installed('@opentelemetry/instrumentation-pg', path.dirname(auto.file)));
  if (standard === undefined) {
    return { check: 'doubled', status: 'ok', message: 'no other instrumentation of pg is installed' };
  }
  return {
    check: 'doubled',
    status: 'note',
    message: `@opentelemetry/instrumentation-pg ${standard.version} is installed${auto === undefined ? '' : ' (by auto-instrumentations-node)'}`,
    advice:
      'Remove it, or set OTEL_NODE_DISABLED_INSTRUMENTATIONS=pg: while it is enabled, pg-otel emits no spans and no ' +
      'query durations.',
    details: { version: standard.version },
  };
}
