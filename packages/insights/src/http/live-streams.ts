import { warnOfInternalError } from '../warnings';

const UPDATE_MILLIS = 1000;
const MAX_STREAMS = 20;

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

/** Sends the current data to each reader once per second (Server-Sent Events). */
export class LiveStreams {
  readonly #data: () => string;
  /** Without a reader while its response is prepared. */
  readonly #open = new Map<LiveStream, LiveReader | undefined>();
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
        this.#open.set(stream, reader);
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
      for (const [stream, reader] of this.#open) {
        if (reader === undefined) continue;
        if (reader.isBehind()) this.#end(stream, () => reader.disconnect());
        else if (reader.isDue()) this.#end(stream, () => reader.end());
        else send(reader, data);
      }
    } catch (error) {
      warnOfInternalError(error);
    }
  }

  #end(stream: LiveStream, end: () => void): void {
    this.#close(stream);
    end();
  }

  #close(stream: LiveStream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#updating);
    this.#updating = undefined;
  }
}

const send = (reader: LiveReader, data: string): void => reader.write(`data: ${data}\n\n`);
