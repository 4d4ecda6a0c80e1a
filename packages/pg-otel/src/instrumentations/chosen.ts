import { text } from '../environment';
import { entriesOf } from '../settings/kinds';
import { listOf } from '../settings/settings';
import { catalogue } from './catalogue';

const OURS = 'PG_OTEL_INSTRUMENTATIONS';
const ENABLED = 'OTEL_NODE_ENABLED_INSTRUMENTATIONS';
const DISABLED = 'OTEL_NODE_DISABLED_INSTRUMENTATIONS';

/** Which instrumentations are wanted next to that of Postgres. */
export interface ChosenInstrumentations {
  readonly names: readonly string[];
  /** They are named by `PG_OTEL_INSTRUMENTATIONS`: then one that cannot be had is worth a warning. */
  readonly areNamed: boolean;
}

/**
 * `PG_OTEL_INSTRUMENTATIONS` (names, or `none`), else `OTEL_NODE_ENABLED_INSTRUMENTATIONS`, else all that are on by
 * default; without those of `OTEL_NODE_DISABLED_INSTRUMENTATIONS`. In each, `pg` is the standard instrumentation, which
 * is never registered.
 */
export function chosenInstrumentations(): ChosenInstrumentations {
  const areNamed = text(OURS) !== undefined;
  const disabled = entriesOf(text(DISABLED) ?? '');
  const names = areNamed ? listOf(OURS) : enabledNames();
  return { names: names.filter((name) => catalogue.has(name) && !disabled.includes(name)), areNamed };
}

function enabledNames(): readonly string[] {
  const enabled = entriesOf(text(ENABLED) ?? '');
  if (enabled.length > 0) return enabled;
  return [...catalogue].filter(([, { isOnRequest }]) => isOnRequest !== true).map(([name]) => name);
}
