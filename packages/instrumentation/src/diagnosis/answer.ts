import type { Rows } from './contracts';

/** The server's answer to one question. */
// biome-ignore lint/suspicious/noEmptyInterface: filled with the question
export interface Answer {
  // Filled together with the question.
}

/** Checks an answer: the server may be of any version, a fork or a proxy. Returns `undefined` for anything else. */
export function readAnswer(_results: readonly Rows[]): Answer | undefined {
  return {};
}
