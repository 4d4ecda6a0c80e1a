/** Follows the calls of the application's password function for one client: the time that it takes is not the server's. */
export class PasswordCalls {
  /** Called each time when the function has returned. */
  onReturn: () => void = () => {};
  #running = 0;

  /**
   * @param config of the client. If its password is a function, it is replaced by one that calls it
   * @param name of the password
   */
  constructor(config: object, name: 'password' | 'pass') {
    const { value: given, ...descriptor } = Object.getOwnPropertyDescriptor(config, name) ?? {};
    if (typeof given !== 'function') return;
    const calls = this;
    async function password(this: unknown, ...parameters: unknown[]): Promise<unknown> {
      calls.#running += 1;
      try {
        return await Reflect.apply(given, this, parameters);
      } finally {
        calls.#running -= 1;
        calls.onReturn();
      }
    }
    Object.defineProperty(config, name, { ...descriptor, value: password });
  }

  /** Whether a call has not returned yet. */
  get areRunning(): boolean {
    return this.#running > 0;
  }
}
