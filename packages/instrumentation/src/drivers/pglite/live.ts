/**
 * Each live query (`live.query` and others) creates views and prepared statements that have a random identifier in their
 * names (src/live/index.ts).
 */
const NAME = /\blive_query_[0-9a-f]{32}_/g;

/** The statement without these identifiers. Otherwise each live query would have different statements and summaries. */
export const withoutLiveIdentifiers = (text: string): string =>
  text.includes('live_query_') ? text.replace(NAME, 'live_query_') : text;
