import { now } from '../clock';
import { warn } from '../warnings';
import type { Diagnosis, Finding, SideFailure } from './contracts';

const FIRST_MILLISECONDS = 30_000;
const LONGEST_MILLISECONDS = 600_000;

/** Stops the questions for a time after a failure: 30 s, doubled with each further failure, at most 10 min. */
export class BackOff {
  #milliseconds = 0;
  #until = Number.NEGATIVE_INFINITY;
  #reason = '';

  /** The answer while no questions are asked; `undefined` otherwise. */
  get unavailable(): Diagnosis | undefined {
    return now() < this.#until ? { findings: [], unavailable: this.#reason } : undefined;
  }

  succeeded(): void {
    this.#milliseconds = 0;
  }

  /**
   * @param findings what the failure itself shows
   * @returns the answer for the queries that were asked about
   */
  failed(failure: SideFailure, findings: readonly Finding[]): Diagnosis {
    this.#milliseconds = Math.min(Math.max(FIRST_MILLISECONDS, 2 * this.#milliseconds), LONGEST_MILLISECONDS);
    this.#until = now() + this.#milliseconds;
    this.#reason = describe(failure);
    if (isRefusal(failure)) {
      warn(
        'PG_OTEL_NOT_DIAGNOSED',
        `The server cannot be asked why queries are slow: ${this.#reason}. Events and spans of slow queries show no reason. ` +
          'The question uses a separate connection with the settings of the pool: check its password function, TLS ' +
          'and rights, or turn the questions off with PG_OTEL_DIAGNOSE=off.',
        this.#reason,
      );
    }
    return findings.length > 0 ? { findings } : { findings: [], unavailable: this.#reason };
  }
}

function describe({ phase, reason, code }: SideFailure): string {
  if (reason === 'timeout') {
    return phase === 'connect' ? 'a connection could not be opened within 2 s' : 'no answer within 2 s';
  }
  if (reason === 'no_password') return 'the password function did not return within 2 s';
  if (reason === 'other_server') return 'the name of the server resolves to several servers';
  const cause = code === undefined ? '' : ` (${code})`;
  return phase === 'connect' ? `a connection was refused${cause}` : `the question was refused${cause}`;
}

/**
 * Whether it is likely to happen again: not for a server that is unreachable, starts, stops, or has no connection slots
 * left, which the application notices itself.
 */
function isRefusal({ reason, code }: SideFailure): boolean {
  if (reason !== 'refused') return false;
  return code === undefined || !/^(E(?!RR_)[A-Z]|53|55|57|08(?!P01))/.test(code);
}
