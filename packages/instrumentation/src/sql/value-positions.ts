import { keywordAt } from './keywords';
import { OPERATOR, PARAMETER, PUNCTUATION, QUOTED_NAME, STRING, type TokenKind, WORD } from './lexer';

/** The token stays as written. */
export const KEPT = 0;
/** The token is a value, or the first token of one. */
const VALUE = 1;
/** The token is a further part of a value that should have been quoted. */
export const REST = 2;
type Role = typeof KEPT | typeof VALUE | typeof REST;

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

/** The first words of statements that may contain values without quotes. */
const statements = words('set alter create copy comment security import');

/** Objects whose ALTER and CREATE statements may contain a SET clause. */
const settable = words('system role user group database function procedure routine');
/** Objects for which a setting is the last clause. */
const settingEndsStatement = words('system role user group database');
const withPassword = words('role user group');
/** USER MAPPING is not distinguished from the USER `mapping`. */
const withOptions = words('server foreign user');
const objects: ReadonlySet<string> = new Set([
  ...settable,
  ...withPassword,
  ...withOptions,
  'subscription',
  'trigger',
  'aggregate',
  'type',
  'schema',
]);
/** Words between CREATE or ALTER and the object. */
const modifiers = words('or replace constraint');

/**
 * A name follows these words. Most keywords may be names (`ColId` and `type_function_name` of gram.y), so a word
 * after these does not begin a clause: `CREATE FUNCTION f() RETURNS set SET …`.
 */
const beforeName = words(
  'role user group database function procedure routine aggregate type domain server table subscription trigger ' +
    'exists for reset returns setof language support parallel admin publication return',
);

/** Reserved words, which are never names. */
const neverNames = words('create from to where');

/**
 * Options whose value may be a word instead of a string, by the object of CREATE; those of COPY include its old syntax.
 */
const stringOptions: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['aggregate', words('initcond initcond1 minitcond')],
  ['type', words('default')],
  ['copy', words('null default delimiter delimiters quote escape')],
]);

/** Keywords that are not data, even in the place of a value. */
const readable = words('default true false on off null');
/** Keywords in `SET TIME ZONE LOCAL` and `SET TIME ZONE INTERVAL '1' HOUR`; in other places they are values. */
const wordsOfZone = words('local interval');

/** The place of a token in its statement. */
type Place =
  | 'object'
  | 'clauses'
  | 'setting'
  | 'value'
  | 'interval'
  | 'rest'
  | 'option'
  | 'option value'
  | 'option rest'
  | 'trigger function'
  | 'trigger argument';

/**
 * Finds values that a statement contains as words or quoted names: in `SET app.token TO secret` the server reads the
 * string `'secret'`. Values are recognised by their place in the grammar (src/backend/parser/gram.y of PostgreSQL 18:
 * `var_value`, `zone_value`, `generic_option_arg`, `TriggerFuncArg`, `def_arg`, `copy_generic_opt_arg`). Places where the
 * grammar requires a string count as well, in case its quotes are missing.
 */
export class ValuePositions {
  /** Whether the rest of the statement can contain no such value. */
  isOver = false;
  readonly #first: string;
  /** The kind of object that is created or altered; `copy` for the options of COPY. */
  #object = '';
  /** Whether this is CREATE SCHEMA, whose elements are CREATE statements without semicolons between them. */
  #hasElements = false;
  #place: Place;
  /** Whether the value ends at the next comma, and not at the next space. */
  #takesAll = false;
  #depth = 0;
  #isZone = false;
  #keywordBefore = '';
  /** The current word, if it may be one of {@link stringOptions}. */
  #option = '';
  #optionBefore = '';
  #isInName = false;
  #endBefore = 0;

  private constructor(first: string) {
    this.#first = first;
    this.#place =
      first === 'set' ? 'setting' : first === 'alter' || first === 'create' ? 'object' : 'clauses';
  }

  /** For the statement that begins with this word; `undefined` if it cannot contain such values. */
  static after(text: string, start: number, end: number): ValuePositions | undefined {
    const first = keywordAt(text, start, end);
    return statements.has(first) ? new ValuePositions(first) : undefined;
  }

  /** Returns the role of a token. Called for each token after the first word, in order. */
  role(kind: TokenKind, text: string, start: number, end: number): Role {
    const keyword = kind === WORD && !this.#isInName ? this.#keyword(text, start, end) : '';
    this.#optionBefore = this.#option;
    this.#option = stringOptions.has(this.#object) ? optionName(kind, text, start, end) : '';
    const mark = kind === PUNCTUATION || (kind === OPERATOR && end === start + 1) ? text[start] : undefined;
    const role = this.#roleOf(kind, keyword, mark, start);
    this.#keywordBefore = keyword;
    // schema.set, people.name%TYPE
    this.#isInName = mark === '.' || mark === '%';
    this.#endBefore = end;
    return role;
  }

  /** Returns the keyword, or '' for a word that is a name in this place. */
  #keyword(text: string, start: number, end: number): string {
    const keyword = keywordAt(text, start, end);
    const before = this.#keywordBefore;
    if (this.#place !== 'clauses' || !beforeName.has(before) || neverNames.has(keyword)) return keyword;
    const isNoName =
      (before === 'returns' && keyword === 'setof') || (before === 'for' && keyword === 'type');
    return isNoName ? keyword : '';
  }

  #roleOf(kind: TokenKind, keyword: string, mark: string | undefined, start: number): Role {
    switch (this.#place) {
      case 'object':
        this.#readObject(keyword);
        return KEPT;
      case 'clauses':
        this.#readClause(keyword, mark);
        return KEPT;
      case 'setting':
        if (keyword === 'to' || mark === '=' || (keyword === 'zone' && this.#keywordBefore === 'time')) {
          this.#place = 'value';
          this.#isZone = keyword === 'zone';
          this.#takesAll = this.#first === 'set' || settingEndsStatement.has(this.#object);
        } else if (keyword === 'from') this.#place = 'clauses';
        return KEPT;
      case 'value':
        // A sign, a parameter or AS is not part of the value.
        if (kind === OPERATOR || kind === PARAMETER || keyword === 'as') return KEPT;
        this.#place = this.#isZone && keyword === 'interval' ? 'interval' : 'rest';
        if (this.#isZone && wordsOfZone.has(keyword)) return KEPT;
        return readable.has(keyword) ? KEPT : VALUE;
      case 'interval':
        this.#place = kind === STRING || mark === '(' ? 'clauses' : 'rest';
        return this.#place === 'rest' ? VALUE : KEPT;
      case 'rest':
        if (mark === ',') {
          this.#place = this.#depth === 0 ? 'value' : 'clauses';
          return KEPT;
        }
        if (this.#isRest(mark, start)) return REST;
        this.#place = 'clauses';
        this.#readClause(keyword, mark);
        return KEPT;
      case 'trigger function':
        if (mark === '(') this.#place = 'trigger argument';
        return KEPT;
      case 'trigger argument':
        if (mark === ')') this.#place = 'clauses';
        return kind === WORD || kind === QUOTED_NAME ? VALUE : KEPT;
      default:
        return this.#roleInOptions(kind, keyword, mark);
    }
  }

  #isRest(mark: string | undefined, start: number): boolean {
    if (mark === ')' && (this.#depth > 0 || !this.#takesAll)) return false;
    return this.#takesAll || start === this.#endBefore;
  }

  #readObject(keyword: string): void {
    if (modifiers.has(keyword)) return;
    this.#object = keyword;
    this.#place = 'clauses';
    if (keyword === 'schema' && this.#first === 'create') this.#hasElements = true;
    this.isOver = !objects.has(keyword) && !this.#hasElements;
  }

  #readClause(keyword: string, mark: string | undefined): void {
    if (mark === '(') {
      const opensOptions =
        this.#keywordBefore === 'options' && (withOptions.has(this.#object) || this.#first === 'import');
      if (opensOptions) this.#place = 'option';
      else this.#depth += 1;
    } else if (mark === ')') this.#depth -= 1;
    else if (this.#isStringOption()) {
      this.#place = 'value';
      this.#takesAll = this.#depth !== 0;
    } else if (this.#depth !== 0) return;
    else if (this.#startsValue(keyword)) {
      this.#place = 'value';
      this.#takesAll = keyword === 'is';
    } else if (keyword === 'create' && this.#hasElements) this.#place = 'object';
    else if (this.#first === 'copy') this.#readCopy(keyword);
    else if (keyword === 'set' && settable.has(this.#object)) this.#place = 'setting';
    else if (this.#object === 'trigger' && this.#keywordBefore === 'execute')
      this.#place = 'trigger function';
    // An SQL body follows, in which SET belongs to UPDATE.
    else if (keyword === 'atomic' && this.#keywordBefore === 'begin') this.isOver = true;
  }

  #readCopy(keyword: string): void {
    if (keyword === 'from' || keyword === 'to') this.#object = 'copy';
    else if (keyword === 'where') this.isOver = true;
  }

  #isStringOption(): boolean {
    if (!stringOptions.get(this.#object)?.has(this.#option)) return false;
    if (this.#depth === 1) return true;
    // FORCE NOT NULL names columns.
    const isForced = this.#optionBefore === 'force' || this.#optionBefore === 'not';
    return this.#depth === 0 && this.#first === 'copy' && !isForced;
  }

  #startsValue(keyword: string): boolean {
    switch (keyword) {
      case 'is':
        return this.#first === 'comment' || this.#first === 'security';
      case 'program':
        return this.#first === 'copy' && (this.#keywordBefore === 'from' || this.#keywordBefore === 'to');
      case 'connection':
        return this.#object === 'subscription';
      case 'password':
      case 'until':
        return withPassword.has(this.#object);
      default:
        return false;
    }
  }

  /** The role of a token in `name value, ADD name value, DROP name`. */
  #roleInOptions(kind: TokenKind, keyword: string, mark: string | undefined): Role {
    if (mark === ')') this.#place = 'clauses';
    else if (mark === ',') this.#place = 'option';
    else if (this.#place === 'option') {
      const isName = kind === QUOTED_NAME || (kind === WORD && !['add', 'set', 'drop'].includes(keyword));
      if (isName) this.#place = 'option value';
    } else if (this.#place === 'option rest') return REST;
    else if (kind !== OPERATOR) {
      this.#place = 'option rest';
      return VALUE;
    }
    return KEPT;
  }
}

/** Returns the name of an option, which is a word or a quoted name; '' for other tokens. */
function optionName(kind: TokenKind, text: string, start: number, end: number): string {
  if (kind === QUOTED_NAME) return text.slice(start + 1, end - 1);
  return kind === WORD ? text.slice(start, end).toLowerCase() : '';
}
