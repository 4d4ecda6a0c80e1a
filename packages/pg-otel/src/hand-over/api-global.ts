import { API_KEY, type GlobalApi, type Slot } from '../api-registry';
import { callSite, versionOfApi } from './caller';

export interface RegistrationListener {
  /**
   * The application has registered something in a slot of ours. It is called during the registration: the API's proxy
   * does not have the application's tracer provider yet.
   */
  registered(): void;
  /** The API has refused an SDK of the application because their versions differ. */
  refused(): void;
}

const registry = globalThis as unknown as Record<symbol, unknown>;
/** Not `globalThis` itself: Azure Monitor deletes the property there before it registers its SDK. */
const holder = Object.getPrototypeOf(globalThis) as object;

/**
 * Lets the application register an SDK after we have registered ours. The API refuses a second SDK, and the application
 * may use another copy of the API than we do.
 *
 * Before it checks whether a slot is free, every copy of the API assigns the object with all registrations to
 * `globalThis` (`registerGlobal` in internal/global-utils.ts). All other code only reads that object. So an accessor on
 * `globalThis` notices each attempt to register. Until the next read, it hides our slots from the attempt, and the
 * version is the one that the calling copy expects.
 */
export class ApiGlobal {
  readonly #api: GlobalApi;
  readonly #own: Map<Slot, unknown>;
  readonly #listener: RegistrationListener;
  #attempt: Attempt | undefined;

  /** @param own our registrations, by slot */
  constructor(own: ReadonlyMap<Slot, unknown>, listener: RegistrationListener) {
    this.#own = new Map(own);
    this.#listener = listener;
    // A copy, because the version in the object of API 1.10 is read-only.
    this.#api = { ...(registry[API_KEY] as GlobalApi) };
    for (const [slot, instance] of own) if (slot in this.#api) this.#api[slot] = instance;
  }

  follow(): void {
    const get = (): GlobalApi => {
      this.#conclude();
      return this.#api;
    };
    const set = (value: unknown): void => {
      this.#conclude();
      if (value === this.#api) this.#begin(versionOfApi(callSite(set)?.getFileName()));
      else this.#replaceBy(value);
    };
    Reflect.deleteProperty(globalThis, API_KEY);
    Object.defineProperty(holder, API_KEY, { get, set, configurable: true });
  }

  /** Present registrations stay, and the API refuses further ones again. */
  stop(): void {
    this.#conclude();
    if (registry[API_KEY] === this.#api) this.#replaceBy(this.#api);
  }

  #begin(version = this.#api.version): void {
    const attempt: Attempt = { hidden: [], before: { ...this.#api }, isVersionRead: false };
    for (const [slot, instance] of this.#own) {
      if (this.#api[slot] !== instance) continue;
      attempt.hidden.push(slot);
      delete this.#api[slot];
    }
    const get = (): string => {
      attempt.isVersionRead = true;
      return version;
    };
    Object.defineProperty(this.#api, 'version', { get, configurable: true, enumerable: true });
    this.#attempt = attempt;
  }

  #conclude(): void {
    if (this.#attempt === undefined) return;
    const { hidden, before, isVersionRead } = this.#attempt;
    this.#attempt = undefined;
    const { version } = this.#api;
    // Older copies can use what a newer copy has registered; newer copies cannot use what an older copy has.
    const value = newerVersion(version, before.version);
    Object.defineProperty(this.#api, 'version', {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    for (const slot of hidden) this.#api[slot] ??= this.#own.get(slot);
    const replaced = [...this.#own].filter(([slot, own]) => ![own, undefined].includes(this.#api[slot]));
    for (const [slot] of replaced) this.#own.delete(slot);
    if (replaced.length > 0) this.#listener.registered();
    else if (isVersionRead && !isRegistered(before, this.#api)) this.#listener.refused();
  }

  /** Code that bypasses the API has assigned its own object: from now on the registrations are the application's. */
  #replaceBy(value: unknown): void {
    Reflect.deleteProperty(holder, API_KEY);
    registry[API_KEY] = value;
    this.#listener.registered();
  }
}

/** The application may have filled a slot that is not ours, such as that of a signal which is turned off. */
function isRegistered(before: GlobalApi, after: GlobalApi): boolean {
  const slots = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof GlobalApi>;
  slots.delete('version');
  return [...slots].some((slot) => after[slot] !== before[slot]);
}

/** The newer of two versions `1.2.3`. */
function newerVersion(one: string, other: string): string {
  return one.localeCompare(other, 'en', { numeric: true }) >= 0 ? one : other;
}

/** One call of `registerGlobal`. */
interface Attempt {
  readonly hidden: Slot[];
  readonly before: GlobalApi;
  /** The API compares versions after it has found the slot free. */
  isVersionRead: boolean;
}
