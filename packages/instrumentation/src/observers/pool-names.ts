import type { Configuration, PoolInfo } from '../configuration';
import { mayHoldCredentials, UNPARSABLE, warnOfPoolName } from '../credentials';
import type { Target } from '../target';
import { copyText } from '../text-copies';
import { logInternalError, warn } from '../warnings';

/** The properties from which the name of a pool is made. */
export interface NamedPool {
  readonly target: Target;
  readonly user: string | undefined;
  readonly applicationName: string | undefined;
}

/**
 * `db.client.connection.pool.name`: the configured name, otherwise the database, otherwise the endpoint (semconv 1.45).
 * Two pools with the same name would write into one series, so the second name gets a number. The cost of taking or
 * returning a name does not depend on the number of names.
 */
export class PoolNames {
  /** Names in use, each with a function that returns its number. */
  readonly #taken = new Map<string, () => void>();
  /**
   * Numbers of the default names on one target. A pool with a configured name uses a number too, so shop#2 is always
   * the second pool on shop.
   */
  readonly #defaults = new Map<Target, Numbers>();
  /** Numbers of further pools with the same name. */
  readonly #further = new Map<string, Numbers>();

  take({ poolNames }: Configuration, { target, user, applicationName }: NamedPool): string {
    const base = target.namespace ?? target.endpoint;
    const [number, returnNumber] = takeNumber(this.#defaults, target, 1);
    const defaultName = number === 1 ? base : `${base}#${number}`;
    const chosen = configuredName(poolNames, {
      defaultName,
      serverAddress: target.address,
      serverPort: target.port,
      namespace: target.namespace,
      user,
      applicationName,
    });
    const name = this.#unique(chosen ?? defaultName, returnNumber);
    if (name !== (chosen ?? base)) {
      warn(
        'PG_OTEL_POOL_NAME',
        `A further pool of the name "${chosen ?? base}" is reported as "${name}". Name pools by the option poolNames or ` +
          'PG_OTEL_POOL_NAMES to distinguish them.',
      );
    }
    return name;
  }

  /** Keeps the name of a pool that was named by another instrumentation of this process. */
  keep(name: string): void {
    if (!this.#taken.has(name)) this.#taken.set(name, nothing);
  }

  /** The pool is gone. */
  giveBack(name: string): void {
    const giveBack = this.#taken.get(name);
    this.#taken.delete(name);
    giveBack?.();
  }

  #unique(wanted: string, giveBack: () => void): string {
    if (!this.#taken.has(wanted)) {
      this.#taken.set(wanted, giveBack);
      return wanted;
    }
    const base = wanted.replace(/#\d+$/, '');
    for (;;) {
      const [number, returnNumber] = takeNumber(this.#further, base, 2);
      const name = `${base}#${number}`;
      // A default name may be the same: it is skipped, and its number is not offered again.
      if (this.#taken.has(name)) continue;
      this.#taken.set(name, () => {
        returnNumber();
        giveBack();
      });
      return name;
    }
  }
}

/** Numbers from the first one upwards. Returned numbers are used again. */
class Numbers {
  readonly #returned: number[] = [];
  #next: number;
  #inUse = 0;

  constructor(first: number) {
    this.#next = first;
  }

  take(): number {
    this.#inUse += 1;
    const returned = this.#returned.pop();
    if (returned !== undefined) return returned;
    this.#next += 1;
    return this.#next - 1;
  }

  giveBack(number: number): void {
    this.#inUse -= 1;
    this.#returned.push(number);
  }

  get areUnused(): boolean {
    return this.#inUse === 0;
  }
}

/** Takes a number for a key. Returns the number, and a function that gives it back. */
function takeNumber<Key>(known: Map<Key, Numbers>, key: Key, first: number): [number, () => void] {
  const numbers = known.get(key) ?? new Numbers(first);
  known.set(key, numbers);
  const number = numbers.take();
  return [
    number,
    () => {
      numbers.giveBack(number);
      if (numbers.areUnused) known.delete(key);
    },
  ];
}

/** The configured name of a pool, or a placeholder if that name may hold credentials. */
function configuredName(poolNames: Configuration['poolNames'], info: PoolInfo): string | undefined {
  const name = givenName(poolNames, info);
  if (name === undefined || !mayHoldCredentials(name)) return name;
  warnOfPoolName();
  return UNPARSABLE;
}

function givenName(poolNames: Configuration['poolNames'], info: PoolInfo): string | undefined {
  if (typeof poolNames !== 'function') {
    return Object.hasOwn(poolNames, info.defaultName) ? poolNames[info.defaultName] : undefined;
  }
  try {
    const name = poolNames(info);
    return typeof name === 'string' && name !== '' ? copyText(name) : undefined;
  } catch (error) {
    logInternalError('poolNames', error);
    return undefined;
  }
}

const nothing = (): void => {};
