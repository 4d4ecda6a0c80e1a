import type { Reading } from './source';

/** Where the data goes: a screen, lines or JSON. */
export interface View {
  update(reading: Reading): void;
  close(): void;
}
