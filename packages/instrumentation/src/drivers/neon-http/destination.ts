import { Target } from '../../target';
import { targetOf } from './connection-string';

/** Finds the target of each request of one function that `neon(…)` returned. */
export class Destination {
  readonly #configured: Target;
  /** Empty when it is not known. It may be kept, because the driver keeps it for as long as this object lives. */
  readonly #connectionString: string;
  /** The character that the driver puts before a parameter that it adds. */
  readonly #separator: '?' | '&';

  constructor(connectionString: unknown) {
    this.#configured = targetOf(connectionString);
    this.#connectionString = this.#configured === Target.unknown ? '' : (connectionString as string);
    this.#separator = this.#connectionString.includes('?') ? '&' : '?';
  }

  /**
   * @param sent the connection string of a request, which may differ from the configured one; `undefined` for a request
   *   that was not sent
   */
  of(sent: unknown): Target {
    if (this.#isAsConfigured(sent)) return this.#configured;
    const target = targetOf(sent);
    return target === Target.unknown ? this.#configured : target;
  }

  /** True for most requests, which then need no parsing. The driver may have appended a parameter. */
  #isAsConfigured(sent: unknown): boolean {
    const configured = this.#connectionString;
    if (configured === '' || typeof sent !== 'string' || !sent.startsWith(configured)) return false;
    return sent.length === configured.length || sent[configured.length] === this.#separator;
  }
}
