import { Document, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';

/** A value with a comment above it. */
export class Explained {
  constructor(
    readonly why: string,
    readonly value: ConfigValue,
  ) {}
}

export type ConfigValue =
  | string
  | number
  | boolean
  | Explained
  | readonly ConfigValue[]
  | { readonly [name: string]: ConfigValue };

type Components = Readonly<Record<string, ConfigValue>>;

/** A part of a collector's configuration: components by name, and pipelines. */
export interface CollectorPart {
  readonly extensions?: Components;
  readonly receivers?: Components;
  readonly processors?: Components;
  readonly connectors?: Components;
  readonly exporters?: Components;
  readonly pipelines?: Readonly<Record<string, Pipeline | Explained>>;
}

type Pipeline = {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
};

const KINDS = ['extensions', 'receivers', 'processors', 'connectors', 'exporters'] as const;

/** The text of a configuration. Parts that have a component of the same name share it. */
export function collectorYaml(
  header: string,
  parts: readonly CollectorPart[],
  telemetry: ConfigValue,
): string {
  const merged = (kind: keyof CollectorPart) => Object.assign({}, ...parts.map((part) => part[kind] ?? {}));
  const components = Object.fromEntries(
    KINDS.map((kind) => [kind, merged(kind)] as const).filter(([, named]) => Object.keys(named).length > 0),
  );
  const document = new Document();
  document.contents = node({
    ...components,
    service: {
      extensions: Object.keys(components['extensions'] ?? {}),
      telemetry,
      pipelines: merged('pipelines'),
    },
  }) as YAMLMap;
  document.commentBefore = comment(header);
  // Folding would break statements into several lines.
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function node(value: ConfigValue): YAMLMap | YAMLSeq | Scalar {
  if (value instanceof Explained) {
    const explained = node(value.value);
    explained.commentBefore = comment(value.why);
    return explained;
  }
  if (isArray(value)) {
    const list = new YAMLSeq();
    list.items = value.map(node);
    list.flow = value.every((item) => typeof item === 'string' && /^[\w/.-]+$/.test(item));
    return list;
  }
  if (typeof value === 'object') {
    const map = new YAMLMap();
    map.items = Object.entries(value).map(([name, item]) => named(name, item));
    return map;
  }
  return new Scalar(value);
}

/** The comment of a named value is above the name. */
function named(name: string, value: ConfigValue): Pair {
  const key = new Scalar(name);
  if (!(value instanceof Explained)) return new Pair(key, node(value));
  key.commentBefore = comment(value.why);
  return new Pair(key, node(value.value));
}

function isArray(value: ConfigValue): value is readonly ConfigValue[] {
  return Array.isArray(value);
}

function comment(lines: string): string {
  return lines
    .split('\n')
    .map((line) => (line === '' ? '' : ` ${line}`))
    .join('\n');
}
