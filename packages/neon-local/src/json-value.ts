import { types } from 'pg';

const { BOOL, INT2, INT4, FLOAT4, FLOAT8, JSON: JSON_TYPE, JSONB } = types.builtins;

/** The element type of each array type: pg_type.dat, `typarray`. */
const ELEMENT_OF: Readonly<Record<number, number>> = {
  1000: BOOL,
  1005: INT2,
  1007: INT4,
  1021: FLOAT4,
  1022: FLOAT8,
  199: JSON_TYPE,
  3807: JSONB,
};
/** Array types whose elements become strings: `text[]`, `int8[]`, `timestamptz[]` … */
const ARRAYS_OF_TEXT = new Set([
  1001, 1009, 1014, 1015, 1016, 1028, 1040, 1041, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 2951, 3643,
]);
const TEXT = types.builtins.TEXT;
/** pg's parser of `text[]`: nested arrays of strings and nulls. */
const parseArray = types.getTypeParser(1009 as number) as (text: string) => unknown[];

/** The JSON of a value that Postgres wrote as text: json.rs, pg_text_to_json. */
export function jsonValue(text: string, type: number): string {
  const element = ELEMENT_OF[type] ?? (ARRAYS_OF_TEXT.has(type) ? TEXT : undefined);
  if (element !== undefined) return arrayJson(parseArray(text), element);
  switch (type) {
    case BOOL:
      return String(text === 't');
    case INT2:
    case INT4:
      return text;
    case FLOAT4:
    case FLOAT8: {
      const value = Number(text);
      // JSON has no NaN and no infinities.
      return JSON.stringify(Number.isFinite(value) ? value : text);
    }
    case JSON_TYPE:
    case JSONB:
      return text;
    default:
      return JSON.stringify(text);
  }
}

function arrayJson(values: readonly unknown[], element: number): string {
  const parts = values.map((value) => {
    if (value === null) return 'null';
    return Array.isArray(value) ? arrayJson(value, element) : jsonValue(value as string, element);
  });
  return `[${parts.join(',')}]`;
}
