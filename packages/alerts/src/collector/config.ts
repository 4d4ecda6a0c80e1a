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
 * A part of a collector's configuration as YAML with comments: components by kind and name. `pipelines` and `telemetry`
 * are at the top level, and become parts of `service`.
 */
export type CollectorPart = string;

const COMPONENTS = ['extensions', 'receivers', 'processors', 'connectors', 'exporters'] as const;

/** The text of a configuration. Parts that have a component of the same name share it. */
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

/** The components of a part, each with the name of its section. */
function pairsOf(part: CollectorPart): [section: string, pair: Pair][] {
  const { contents } = parseDocument(part);
  // Statements are quoted for YAML; without this, they would stay quoted.
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

/** Values of a list in YAML, each in its own line. */
export function listed(values: readonly string[], indent: number): string {
  return values.map((value) => `\n${' '.repeat(indent)}- ${JSON.stringify(value)}`).join('');
}
