const { fork } = require('node:child_process');
const { randomUUID } = require('node:crypto');
const { once } = require('node:events');
const path = require('node:path');

/** One process that Lambda starts for a function. It runs only during an invocation, and is frozen in between. */
exports.FunctionInstance = class {
  #process = fork(path.join(__dirname, 'runtime.js'));
  #initialized = once(this.#process, 'message');
  #ended = once(this.#process, 'exit').then(([code]) => {
    this.hasEnded = true;
    throw new Error(`The instance has ended with exit code ${code}.`);
  });

  /** Whether it cannot run further invocations, as after an error at its start. */
  hasEnded = false;

  constructor() {
    this.#ended.catch(() => {}); // `invoke` reports it.
  }

  async invoke(event) {
    await Promise.race([this.#initialized, this.#ended]);
    this.#process.kill('SIGCONT');
    const answered = once(this.#process, 'message');
    this.#process.send({ event, context: { awsRequestId: randomUUID() } });
    const [{ response }] = await Promise.race([answered, this.#ended]);
    this.#process.kill('SIGSTOP');
    return response;
  }

  /** As Lambda ends an instance: while it is frozen, so nothing of it runs any more. */
  end() {
    this.#process.kill('SIGKILL');
  }
};
