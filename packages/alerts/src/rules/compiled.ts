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
