import type { ServerResponse } from 'node:http';

const UPDATE_MILLIS = 1000;
const MAX_STREAMS = 20;

/** Sends the current data to each open stream once per second (Server-Sent Events). */
export class LiveStreams {
  readonly #data: () => string;
  readonly #open = new Set<ServerResponse>();
  #updating: NodeJS.Timeout | undefined;

  /** @param data the JSON of an update */
  constructor(data: () => string) {
    this.#data = data;
  }

  get isFull(): boolean {
    return this.#open.size >= MAX_STREAMS;
  }

  add(response: ServerResponse): void {
    this.#open.add(response);
    response.on('close', () => this.#remove(response));
    response.on('error', () => this.#remove(response));
    send(response, this.#data());
    this.#updating ??= setInterval(() => this.#update(), UPDATE_MILLIS).unref();
  }

  #update(): void {
    const data = this.#data();
    for (const response of this.#open) {
      // It has not read the update before this one.
      if (response.writableNeedDrain) response.destroy();
      else send(response, data);
    }
  }

  #remove(response: ServerResponse): void {
    this.#open.delete(response);
    if (this.#open.size > 0) return;
    clearInterval(this.#updating);
    this.#updating = undefined;
  }
}

const send = (response: ServerResponse, data: string): void => void response.write(`data: ${data}\n\n`);
