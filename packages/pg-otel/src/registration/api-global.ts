import { newerVersion, versionOfApi } from './api-version';
import { callSite } from './call-site';
import { API_KEY, type GlobalApi, type Slot } from './slots';

export interface Follower {
  /**
   * The application has registered something in a slot of ours. Called in the midst of it: a tracer provider is not
   * behind the API's proxy yet.
   */
  taken(): void;
  /** The API has refused an SDK of the application because their versions differ. */
  refused(): void;
}

const registry = globalThis as unknown as Record<symbol, unknown>;
/** Not `globalThis` itself: Azure Monitor deletes the property there before it registers its SDK. */
const holder = Object.getPrototypeOf(globalThis) as object;

/**
 * Lets the application register an SDK although we have registered one. The API refuses the second, and the copy of
 * the API that the application uses need not be ours.
 *
 * Every copy assigns the object with all registrations to `globalThis` anew before it checks whether a slot is free
 * (`registerGlobal` in internal/global-utils.ts); whoever reads, only reads. So an accessor sees each attempt. Until
 * the next read, our slots are hidden from it, and the version is the one that the calling copy expects.
 */
export class ApiGlobal {
  readonly #api: GlobalApi;
  readonly #own: Map<Slot, unknown>;
  readonly #follower: Follower;
  #attempt: Attempt | undefined;

  /** @param own what we have registered, by slot */
  constructor(own: ReadonlyMap<Slot, unknown>, follower: Follower) {
    this.#own = new Map(own);
    this.#follower = follower;
    // A copy: of API 1.10 the version cannot be set.
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

  /** What is registered stays, and the API refuses others as ever. */
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
    // Older copies can use what a newer one has registered, newer ones cannot use what an older one has.
    const value = newerVersion(version, before.version);
    Object.defineProperty(this.#api, 'version', {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
    for (const slot of hidden) this.#api[slot] ??= this.#own.get(slot);
    const taken = [...this.#own].filter(([slot, own]) => ![own, undefined].includes(this.#api[slot]));
    for (const [slot] of taken) this.#own.delete(slot);
    if (taken.length > 0) this.#follower.taken();
    else if (isVersionRead && !isRegistered(before, this.#api)) this.#follower.refused();
  }

  /** By the object of somebody who bypasses the API: it is theirs from now on. */
  #replaceBy(value: unknown): void {
    Reflect.deleteProperty(holder, API_KEY);
    registry[API_KEY] = value;
    this.#follower.taken();
  }
}

/** The application may have taken a slot that is not ours, such as that of a signal which is turned off. */
function isRegistered(before: GlobalApi, after: GlobalApi): boolean {
  const slots = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof GlobalApi>;
  slots.delete('version');
  return [...slots].some((slot) => after[slot] !== before[slot]);
}

/** One call of `registerGlobal`. */
interface Attempt {
  readonly hidden: Slot[];
  readonly before: GlobalApi;
  /** The API compares versions once it has found the slot free. */
  isVersionRead: boolean;
}
