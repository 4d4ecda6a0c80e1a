import {
  Document,
  isMap,
  isScalar,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  YAMLMap,
} from 'yaml';

/**
 * A part of a collector configuration, as YAML with comments. `pipelines` and `telemetry` are at the top level, and move
 * into `service`.
 */
export type CollectorPart = string;

const COMPONENTS = ['extensions', 'receivers', 'processors', 'connectors', 'exporters'] as const;

/** Merges parts into one configuration. Components with the same name are merged. */
export function collectorYaml(header: string, parts: readonly CollectorPart[]): string {
  const sections = new Map<string, YAMLMap>();
  for (const [name, pair] of parts.flatMap(pairsOf)) {
    const section = sections.get(name) ?? new YAMLMap();
    sections.set(name, section);
    section.add(pair, true);
  }
  const root = new YAMLMap();
  const service = new YAMLMap();
  const document = new Document(root);
  const extensions = sections.get('extensions')?.items.map(({ key }) => key) ?? [];
  for (const kind of COMPONENTS) if (sections.has(kind)) root.set(kind, sections.get(kind));
  service.set('extensions', document.createNode(extensions.map(String), { flow: true }));
  for (const kind of ['telemetry', 'pipelines']) service.set(kind, sections.get(kind));
  root.set('service', service);
  document.commentBefore = header.replace(/^(?=.)/gm, ' ');
  // Folding would break statements into several lines.
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Returns the components of a part, each with its section. */
function pairsOf(part: CollectorPart): [section: string, pair: Pair][] {
  const { contents } = parseDocument(part);
  // Removes the quotes from statements where YAML does not need them.
  visit(contents as Node, {
    Scalar: (_key, scalar) => {
      if (scalar.type === 'QUOTE_DOUBLE') delete scalar.type;
    },
  });
  const sections = isMap(contents) ? contents.items : [];
  return sections.flatMap(({ key, value }) => {
    if (!isScalar(key) || !isMap(value)) return [];
    const [first] = value.items;
    // The parser attaches the comment above the first component to the section.
    if (first !== undefined && value.commentBefore) {
      (first.key as Scalar).commentBefore = value.commentBefore;
    }
    return value.items.map((pair): [string, Pair] => [String(key.value), pair]);
  });
}

/** The elements of a YAML list, one on each line. */
export function listed(values: readonly string[], indent: number): string {
  return values.map((value) => `\n${' '.repeat(indent)}- ${JSON.stringify(value)}`).join('');
}
