import { bounded } from '../rules/bounded';

/**
 * The text, bounded, as a string of its own. V8 keeps the whole string alive that another was cut from: an alert would
 * keep the body of a request that its query came from. JSON makes a copy in any runtime, lone surrogates included.
 */
export function keptText(text: string, mostChars: number): string {
  return JSON.parse(JSON.stringify(bounded(text, mostChars))) as string;
}
