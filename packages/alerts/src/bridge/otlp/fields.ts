import { z } from 'zod';

/** Fields of OTLP/JSON as the bridge reads them: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */

/** 64-bit integers are strings; some senders write numbers. */
const integer = z.union([z.string().regex(/^-?\d{1,20}$/), z.number().refine(Number.isInteger)]);
const unsigned = z.union([z.string().regex(/^\d{1,20}$/), z.number().nonnegative().refine(Number.isInteger)]);
/** OTLP/JSON writes NaN and infinity as strings. */
const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

export const nanos = unsigned.nullish().transform((written) => BigInt(written ?? 0));
export const flags = unsigned.nullish().transform((written) => Number(written ?? 0));
export const hexadecimal = z
  .string()
  .nullish()
  .transform((id) => id?.toLowerCase() ?? '');

/** The fields with the value of a data point. */
export const value = { asDouble: double.nullish(), asInt: integer.nullish() };

/** The maximum number of attributes. SDKs of OpenTelemetry keep 128 attributes of a record. */
const MAX_ATTRIBUTES = 1000;

/** Converts an attribute value to a string: empty if it is not set, undefined for lists, maps and bytes. */
const anyValue = z
  .object({
    stringValue: z.string().nullish(),
    boolValue: z.boolean().nullish(),
    intValue: integer.nullish(),
    doubleValue: double.nullish(),
    arrayValue: z.unknown().optional(),
    kvlistValue: z.unknown().optional(),
    bytesValue: z.unknown().optional(),
  })
  .nullish()
  .transform((any) => {
    const scalar = any?.stringValue ?? any?.boolValue ?? any?.intValue ?? any?.doubleValue;
    // A truncated text may end with half of a surrogate pair, which other programs reject.
    if (scalar !== undefined && scalar !== null) return String(scalar).replace(/\p{Surrogate}/gu, '\ufffd');
    const other = any?.arrayValue ?? any?.kvlistValue ?? any?.bytesValue ?? undefined;
    return other === undefined ? '' : undefined;
  });

const attribute = z.object({ key: z.string().default(''), value: anyValue });

/** Reads elements up to the first mistake. `z.array` would collect all mistakes, possibly millions. */
export const attributes = z
  .unknown()
  .optional()
  .transform((list, context): z.output<typeof attribute>[] => {
    const mistake = (message: string, path: PropertyKey[] = []) => {
      context.addIssue({ code: 'custom', message, path, input: undefined });
      return z.NEVER;
    };
    if (list === undefined || list === null) return [];
    if (!Array.isArray(list)) return mistake('Invalid input: expected array');
    if (list.length > MAX_ATTRIBUTES) return mistake(`has more than ${MAX_ATTRIBUTES} elements`);
    const read: z.output<typeof attribute>[] = [];
    for (const [index, element] of list.entries()) {
      const result = attribute.safeParse(element);
      if (!result.success) {
        const [{ message, path } = { message: '', path: [] }] = result.error.issues;
        return mistake(message, [index, ...path]);
      }
      read.push(result.data);
    }
    return read;
  });

export type Attributes = z.output<typeof attributes>;
