import { Document, isPair, type Scalar, visit } from 'yaml';

/** The result of a compiler. */
export interface Compiled {
  readonly files: readonly CompiledFile[];
  /** Sentences for the user, for example about a rule that this output cannot express. */
  readonly notes: readonly string[];
}

/** A configuration file. */
export interface CompiledFile {
  /** Relative to the output folder, such as `single/collector.yaml`. */
  readonly path: string;
  readonly content: string;
}

export const GENERATED = '# Generated from thresholds.yaml by `pg-otel alerts build`.';

/** Writes YAML. The field `#` of a map becomes a comment above the map; undefined fields are left out. */
export function yamlOf(value: object, version: '1.1' | '1.2' = '1.2'): string {
  const document = new Document(value, { version, aliasDuplicateObjects: false });
  visit(document, {
    Map: (_key, map, path) => {
      const comment = map.get('#');
      if (typeof comment !== 'string') return;
      map.delete('#');
      const parent = path.at(-1);
      const commented = isPair(parent) ? (parent.key as Scalar) : map;
      commented.commentBefore = comment.replace(/^/gm, ' ');
    },
  });
  // Folding would break expressions into several lines.
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
