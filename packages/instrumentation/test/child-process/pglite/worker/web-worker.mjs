// Web Workers on the threads of Node, which has no Web Workers.
import { parentPort, Worker as Thread } from 'node:worker_threads';

export class WebWorker extends EventTarget {
  #thread;

  constructor(url) {
    super();
    this.#thread = new Thread(url);
    this.#thread.on('message', (data) => this.dispatchEvent(Object.assign(new Event('message'), { data })));
  }

  postMessage(message) {
    this.#thread.postMessage(message);
  }

  terminate() {
    this.#thread.terminate();
  }
}

if (parentPort !== null) {
  globalThis.postMessage = (message) => parentPort.postMessage(message);
  globalThis.addEventListener = (...args) => parentPort.addEventListener(...args);
}
