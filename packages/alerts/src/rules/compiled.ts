/** What a compiler makes of thresholds. */
export interface Compiled {
  readonly files: readonly CompiledFile[];
  /** What a user should know: a rule that this output cannot keep, for example. Sentences. */
  readonly notes: readonly string[];
}

export interface CompiledFile {
  /** Below the folder of all outputs, as `single/collector.yaml`. */
  readonly path: string;
  readonly content: string;
}
