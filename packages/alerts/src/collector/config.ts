import { Document } from 'yaml';

/** Components by section. `pipelines` and `telemetry` belong to `service`. The field `#` of a component is its comment. */
export type CollectorPart = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** A list on one line. */
export const flow = (values: readonly string[]) => new Document().createNode(values, { flow: true });

export const pipeline = (
  receivers: readonly string[],
  processors: readonly string[],
  exporters: readonly string[],
) => ({ receivers: flow(receivers), processors: flow(processors), exporters: flow(exporters) });

/** Merges parts into one configuration. A component that several parts have is that of the first one. */
export function configOf(parts: readonly CollectorPart[]): object {
  const merged: Record<string, Record<string, object>> = {};
  for (const [section, components] of parts.flatMap((part) => Object.entries(part))) {
    merged[section] = { ...merged[section], ...components, ...merged[section] };
  }
  const { extensions = {}, receivers, processors, connectors, exporters, telemetry, pipelines } = merged;
  const service = { extensions: flow(Object.keys(extensions)), telemetry, pipelines };
  return { extensions, receivers, processors, connectors, exporters, service };
}
