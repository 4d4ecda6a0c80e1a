import { listOf } from '../settings/settings';
import type { Signal } from './otlp';

const variable = {
  traces: 'OTEL_TRACES_EXPORTER',
  metrics: 'OTEL_METRICS_EXPORTER',
  logs: 'OTEL_LOGS_EXPORTER',
} as const;

export type ExporterName<OfSignal extends Signal> = ReturnType<
  typeof listOf<(typeof variable)[OfSignal]>
>[number];

/** The exporters `OTEL_<SIGNAL>_EXPORTER` names: `otlp` when unset, nothing when `none` is among them. */
export function exporterNames<OfSignal extends Signal>(signal: OfSignal): readonly ExporterName<OfSignal>[] {
  return listOf(variable[signal]);
}
