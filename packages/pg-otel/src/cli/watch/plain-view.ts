import type { AllPerformanceData } from '@pg-otel/insights';
import { Lines } from './lines';
import { printableData } from './printable-data';
import type { Reading } from './source';
import type { View } from './view';

/** Writes the data of each update as a line of JSON. */
export class JsonView implements View {
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  update(reading: Reading): void {
    if ('data' in reading) this.#write(`${JSON.stringify(reading.data)}\n`);
  }

  close(): void {}
}

/** Writes what happens in lines, and the status at the end. */
export class LinesView implements View {
  readonly #write: (text: string) => void;
  readonly #lines: Lines;
  #last: AllPerformanceData | undefined;
  #failure: string | undefined;

  constructor(write: (text: string) => void) {
    this.#write = write;
    this.#lines = new Lines((line) => write(`${line}\n`));
  }

  update(reading: Reading): void {
    if ('data' in reading) {
      this.#last = printableData(reading.data);
      this.#lines.add(this.#last);
    } else if (this.#last !== undefined && this.#failure === undefined) this.#write(`${reading.failure}\n`);
    this.#failure = 'failure' in reading ? reading.failure : undefined;
  }

  close(): void {
    if (this.#last !== undefined) this.#lines.status(this.#last);
  }
}
