/** What a log record or data point tells: a rule's limit is crossed. */
export interface Breach {
  /** `alertname` among them, none empty. */
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** Of the event, or of the collection; 0 when it is not told. */
  readonly timeUnixNano: bigint;
  /** Labels and annotations that were left out or cut to their bounds. */
  readonly cut: readonly Cut[];
}

export interface Cut {
  readonly field: 'label' | 'annotation';
  readonly reason: 'name' | 'type' | 'length' | 'number';
}
