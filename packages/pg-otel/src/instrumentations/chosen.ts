import { variable } from '../environment';
import { entriesOf } from '../settings/kinds';
import { listOf } from '../settings/settings';
import { catalogue } from './catalogue';

const OURS = 'PG_OTEL_INSTRUMENTATIONS';
const ENABLED = 'OTEL_NODE_ENABLED_INSTRUMENTATIONS';
const DISABLED = 'OTEL_NODE_DISABLED_INSTRUMENTATIONS';

/** The instrumentations to register in addition to that of Postgres. */
export interface ChosenInstrumentations {
  readonly names: readonly string[];
  /** Whether `PG_OTEL_INSTRUMENTATIONS` names them; then there is a warning for each that cannot be registered. */
  readonly areNamed: boolean;
}

/**
 * Reads `PG_OTEL_INSTRUMENTATIONS` (names, or `none`), else `OTEL_NODE_ENABLED_INSTRUMENTATIONS`, else takes all that are
 * on by default, and leaves out those in `OTEL_NODE_DISABLED_INSTRUMENTATIONS`. In these variables, `pg` is the standard
 * instrumentation, which is never registered.
 */
export function chosenInstrumentations(): ChosenInstrumentations {
  const areNamed = variable(OURS) !== undefined;
  const disabled = entriesOf(variable(DISABLED) ?? '');
  const names = areNamed ? listOf(OURS) : enabledNames();
  return { names: names.filter((name) => catalogue.has(name) && !disabled.includes(name)), areNamed };
}

function enabledNames(): readonly string[] {
  const enabled = entriesOf(variable(ENABLED) ?? '');
  if (enabled.length > 0) return enabled;
  return [...catalogue].filter(([, { isOnRequest }]) => isOnRequest !== true).map(([name]) => name);
}
