/** The error for bad options or a pool that cannot be managed. Its message names the setting and the accepted values. */
export class PoolOptionsError extends RangeError {
  override readonly name = 'PoolOptionsError';
  /** The name of the setting: `min`, `healthCheck.timeoutMillis`, `limits.processes`, `pool`. */
  readonly setting: string;

  /** @internal */
  constructor(setting: string, sentence: string) {
    super(`${setting} ${sentence}`);
    this.setting = setting;
  }
}
