import type { Reading } from './source';

/** Why data is not shown: that of another version may lack what a view reads. The program must not end because of that. */
export const notShown = (error: unknown): string =>
  `The data cannot be shown (${(error as Error).name}): another version of @pg-otel/insights?`;

/** Where the data goes: a screen, lines or JSON. */
export interface View {
  update(reading: Reading): void;
  close(): void;
}
