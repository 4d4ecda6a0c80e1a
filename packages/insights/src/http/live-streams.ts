import { warnOfInternalError } from '../warnings';

const UPDATE_MILLIS = 1000;
const MAX_STREAMS = 20;
/** A reader may miss so many updates in a row: the machine is busy, or the network slow. */
const MAX_MISSED = 5;

/** An open response of any kind of server. */
export interface LiveReader {
  write(text: string): void;
  /** Whether it has not received what was written before. */
  isBehind(): boolean;
  /** Whether it has to end, because a server that closes waits for its responses. */
  isDue(): boolean;
  /** Ends the response. */
  end(): void;
  /** Ends the response, and discards what it has not received. */
  disconnect(): void;
}

/** The updates for one response. It counts as open until it is closed. */
export interface LiveStream {
  start(reader: LiveReader): void;
  close(): void;
}

interface OpenStream {
  readonly reader: LiveReader;
  /** Updates in a row that it has not received. */
  missed: number;
}

/** Sends the current data to each reader once per second (Server-Sent Events). */
export class LiveStreams {
  readonly #data: () => string;
  /** Undefined while the response is prepared. */
  readonly #open = new Map<LiveStream, OpenStream | undefined>();
  #updating: NodeJS.Timeout | undefined;

  /** @param data the JSON of an update */
  constructor(data: () => string) {
    this.#data = data;
  }

  /** Returns undefined when too many streams are open. */
  open(): LiveStream | undefined {
    if (this.#open.size >= MAX_STREAMS) return undefined;
    const first = this.#data();
    const stream: LiveStream = {
      start: (reader) => {
        this.#open.set(stream, { reader, missed: 0 });
        send(reader, first);
      },
      close: () => this.#close(stream),
    };
    this.#open.set(stream, undefined);
    this.#updating ??= setInterval(() => this.#update(), UPDATE_MILLIS).unref();
    return stream;
  }

  #update(): void {
    try {
      const data = this.#data();
      for (const [stream, open] of this.#open) {
        if (open !== undefined) this.#sendSafely(stream, open, data);
      }
    } catch (error) {
      warnOfInternalError(error);
    }
  }

  /** An error of one response must not take the updates from the others. */
  #sendSafely(stream: LiveStream, open: OpenStream, data: string): void {
    try {
      this.#send(stream, open, data);
    } catch (error) {
      this.#close(stream);
      warnOfInternalError(error);
    }
  }

  #send(stream: LiveStream, open: OpenStream, data: string): void {
    const { reader } = open;
    open.missed = reader.isBehind() ? open.missed + 1 : 0;
    const isTooSlow = open.missed > MAX_MISSED;
    if (isTooSlow || reader.isDue()) {
      this.#close(stream);
      if (isTooSlow) reader.disconnect();
      else reader.end();
    } else if (open.missed === 0) send(reader, data);
  }

  #close(stream: LiveStream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#updating);
    this.#updating = undefined;
  }
}

const send = (reader: LiveReader, data: string): void => reader.write(`data: ${data}\n\n`);
