import { createHash, timingSafeEqual } from 'node:crypto';

/** In bytes. Longer names are refused, because Postgres would truncate them and log in a different role. */
const LONGEST_NAME = 63;

/** The roles whose password or token the endpoint itself checks. */
export class RolePasswords {
  readonly #byRole: ReadonlyMap<string, string>;

  /** @throws {TypeError} when a password is empty or not a string */
  constructor(passwords: Readonly<Record<string, string>>) {
    this.#byRole = new Map(Object.entries(passwords));
    for (const [role, password] of this.#byRole) {
      if (typeof password !== 'string' || password === '') {
        throw new TypeError(`the password of role ${JSON.stringify(role)} must not be empty`);
      }
    }
  }

  /** The password to log in with, or undefined when the given one is not the role's. */
  check(role: string, given: { readonly password: string } | { readonly token: string }): string | undefined {
    if (Buffer.byteLength(role) > LONGEST_NAME) return undefined;
    const expected = this.#byRole.get(role);
    const credential = 'token' in given ? given.token : given.password;
    if (expected !== undefined) return isEqual(credential, expected) ? expected : undefined;
    // Without an expected password, only Postgres decides; it does not accept a token.
    return 'token' in given ? '' : given.password;
  }
}

/** Compares in constant time, regardless of the lengths. */
function isEqual(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
