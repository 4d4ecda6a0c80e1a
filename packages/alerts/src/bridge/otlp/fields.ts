import { z } from 'zod';

/** Fields of OTLP/JSON as the bridge reads them: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */

/** 64-bit integers are written as text, by some as numbers. */
const integer = z.union([z.string().regex(/^-?\d{1,20}$/), z.number().refine(Number.isInteger)]);
const unsigned = z.union([z.string().regex(/^\d{1,20}$/), z.number().nonnegative().refine(Number.isInteger)]);
/** JSON has no NaN and no infinity. */
const double = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

export const nanos = unsigned.nullish().transform((written) => BigInt(written ?? 0));
export const flags = unsigned.nullish().transform((written) => Number(written ?? 0));
export const hexadecimal = z
  .string()
  .nullish()
  .transform((id) => id?.toLowerCase() ?? '');

/** The number of a data point; undefined when it has none. */
export const value = { asDouble: double.nullish(), asInt: integer.nullish() };

/** A value as text: empty when it is not set, undefined for lists, maps and bytes. */
const anyValue = z
  .looseObject({
    stringValue: z.string().nullish(),
    boolValue: z.boolean().nullish(),
    intValue: integer.nullish(),
    doubleValue: double.nullish(),
  })
  .nullish()
  .transform((any) => {
    const scalar = any?.stringValue ?? any?.boolValue ?? any?.intValue ?? any?.doubleValue;
    // Half a character, of a text that was cut, is no text to other programs.
    if (scalar !== undefined && scalar !== null) return String(scalar).replace(/\p{Surrogate}/gu, '\ufffd');
    return Object.values(any ?? {}).some((other) => other !== null) ? undefined : '';
  });

export const attributes = z
  .array(z.object({ key: z.string().default(''), value: anyValue }))
  .nullish()
  .transform((list) => list ?? []);

export type Attributes = z.output<typeof attributes>;
