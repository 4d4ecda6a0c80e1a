import { Document } from 'yaml';

/**
 * Parts of a collector configuration by section and name, such as `processors memory_limiter`. The field `#` of a part is
 * its comment. The sections `telemetry` and `pipelines` belong to `service`.
 */
export type Parts = Readonly<Record<string, object>>;

/** A list on one line. */
export const flow = (values: readonly string[]) => new Document().createNode(values, { flow: true });

export const pipeline = (
  receivers: readonly string[],
  processors: readonly string[],
  exporters: readonly string[],
) => ({ receivers: flow(receivers), processors: flow(processors), exporters: flow(exporters) });

/** Merges parts into one configuration. Of two parts with the same name, the first one counts. */
export function configOf(...all: readonly Parts[]): object {
  const sections: Record<string, Record<string, object>> = {};
  for (const [path, part] of all.flatMap((parts) => Object.entries(parts))) {
    const [section = '', name = ''] = path.split(' ');
    sections[section] = { ...sections[section], [name]: sections[section]?.[name] ?? part };
  }
  const { extensions = {}, receivers, processors, connectors, exporters, ...service } = sections;
  return {
    ...{ extensions, receivers, processors, connectors, exporters },
    service: { extensions: flow(Object.keys(extensions)), ...service },
  };
}
