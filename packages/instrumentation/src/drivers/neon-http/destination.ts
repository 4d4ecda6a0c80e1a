import { Target } from '../../target';
import { targetOf } from './connection-string';

/** Where the requests of one function of `neon(…)` lead, by what it was made of. */
export class Destination {
  readonly #configured: Target;
  /** Empty where it is not known. As long as this lives, the driver holds it, too. */
  readonly #connectionString: string;
  /** What the driver puts before a parameter that it adds. */
  readonly #separator: '?' | '&';

  constructor(connectionString: unknown) {
    this.#configured = targetOf(connectionString);
    this.#connectionString = this.#configured === Target.unknown ? '' : (connectionString as string);
    this.#separator = this.#connectionString.includes('?') ? '&' : '?';
  }

  /**
   * @param sent the connection string of a request: its options may lead elsewhere; `undefined` for one that was not
   *   sent
   */
  of(sent: unknown): Target {
    if (this.#isAsConfigured(sent)) return this.#configured;
    const target = targetOf(sent);
    return target === Target.unknown ? this.#configured : target;
  }

  /** Most are, with a parameter of the driver's behind: they need no parsing. */
  #isAsConfigured(sent: unknown): boolean {
    const configured = this.#connectionString;
    if (configured === '' || typeof sent !== 'string' || !sent.startsWith(configured)) return false;
    return sent.length === configured.length || sent[configured.length] === this.#separator;
  }
}
