import type { AllPerformanceData } from '@pg-otel/insights';
import { Lines } from './lines';
import { printableData } from './printable-data';
import type { Reading } from './source';
import { notShown, type View } from './view';

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
    const failure = 'failure' in reading ? reading.failure : this.#add(reading.data);
    // A program that starts does not answer yet.
    const isStarting = 'failure' in reading && this.#last === undefined;
    if (failure !== undefined && this.#failure === undefined && !isStarting) this.#write(`${failure}\n`);
    this.#failure = isStarting ? undefined : failure;
  }

  /** @returns why the data is not shown */
  #add(data: AllPerformanceData): string | undefined {
    try {
      const safe = printableData(data);
      this.#lines.add(safe);
      this.#last = safe;
      return undefined;
    } catch (error) {
      return notShown(error);
    }
  }

  close(): void {
    if (this.#last !== undefined) this.#lines.status(this.#last);
  }
}
