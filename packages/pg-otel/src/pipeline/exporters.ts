import { badSetting, list } from '../environment';
import type { Signal } from './otlp';

const accepted = {
  traces: ['otlp', 'console', 'zipkin', 'none'],
  metrics: ['otlp', 'console', 'prometheus', 'none'],
  logs: ['otlp', 'console', 'none'],
} as const;

export type ExporterName<OfSignal extends Signal> = Exclude<(typeof accepted)[OfSignal][number], 'none'>;

/** The exporters `OTEL_<SIGNAL>_EXPORTER` names: `otlp` when unset, nothing when `none` is among them. */
export function exporterNames<OfSignal extends Signal>(signal: OfSignal): ExporterName<OfSignal>[] {
  const variable = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const words: readonly string[] = accepted[signal];
  const written = list(variable);
  if (written.length === 0) return ['otlp' as ExporterName<OfSignal>];
  const known = written.filter((name) => words.includes(name));
  const used = known.includes('none') ? [] : known;
  for (const name of written) {
    if (!words.includes(name))
      badSetting(variable, `a list of ${words.join(', ')}`, name, used.join(', ') || 'none');
  }
  return used as ExporterName<OfSignal>[];
}
