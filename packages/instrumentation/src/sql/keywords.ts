/**
 * The keywords of PostgreSQL that matter here (src/include/parser/kwlist.h of PostgreSQL 18). Those in `reserved` and
 * `typeFunctionName` are never the name of a relation.
 */

const reserved =
  'all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create ' +
  'current_catalog current_date current_role current_time current_timestamp current_user default deferrable ' +
  'desc distinct do else end except false fetch for foreign from grant group having in initially intersect ' +
  'into lateral leading limit localtime localtimestamp not null offset on only or order placing primary ' +
  'references returning select session_user some symmetric system_user table then to trailing true union ' +
  'unique user using variadic when where window with';

const typeFunctionName =
  'authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join ' +
  'left like natural notnull outer overlaps right similar tablesample verbose';

const others =
  'abort access add admin aggregate also alter atomic attach begin between by call characteristics checkpoint ' +
  'class close cluster comment commit configuration conflict connection conversion copy cycle data database ' +
  'deallocate declare delete detach dictionary discard domain drop event execute exists explain extension ' +
  'family function global if import index inherit inherits insert instead interval label language large ' +
  'listen load local lock mapping materialized merge method move no nothing notify object of off operator ' +
  'options owned parallel parameter parser partition password policy prepare prepared privileges procedural ' +
  'procedure program publication reassign recursive refresh reindex release replace reset return returns revoke ' +
  'role rollback routine rows rule savepoint schema search security sequence server session set setof show start ' +
  'statistics subscription support system tables tablespace temp template temporary text time transaction transform ' +
  'trigger truncate trusted type uescape unlisten unlogged until update vacuum values view within work ' +
  'wrapper zone';

const LONGEST = 20;
const TABLE_MASK = 1023;
/** A hash table with open addressing, so sparse that almost every word needs one look-up only. */
const table: (string | undefined)[] = new Array(TABLE_MASK + 1).fill(undefined);

function hash(text: string, start: number, end: number): number {
  let value = end - start;
  for (let at = start; at < end; at++) value = (value * 31 + (text.charCodeAt(at) | 0x20)) | 0;
  return (value ^ (value >>> 10)) & TABLE_MASK;
}

for (const word of `${reserved} ${typeFunctionName} ${others}`.split(' ')) {
  let slot = hash(word, 0, word.length);
  while (table[slot] !== undefined) slot = (slot + 1) & TABLE_MASK;
  table[slot] = word;
}

function isWordAt(text: string, start: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const character = text.charCodeAt(start + i);
    const expected = word.charCodeAt(i);
    if (character === expected) continue;
    // Only A to Z fold, not the characters that happen to differ in the same bit.
    if (character < 65 || character > 90 || character + 32 !== expected) return false;
  }
  return true;
}

/** Returns the keyword between two offsets of a text in lower case, or '' for any other word. Allocates nothing. */
export function keywordAt(text: string, start: number, end: number): string {
  const length = end - start;
  if (length > LONGEST) return '';
  let slot = hash(text, start, end);
  for (;;) {
    const word = table[slot];
    if (word === undefined) return '';
    if (word.length === length && isWordAt(text, start, word)) return word;
    slot = (slot + 1) & TABLE_MASK;
  }
}

const neverRelations = new Set(`${reserved} ${typeFunctionName}`.split(' '));

/** Whether a word with this keyword ('' for none) can be the name of a relation without quotes. */
export function canNameRelation(keyword: string): boolean {
  return keyword === '' || !neverRelations.has(keyword);
}
