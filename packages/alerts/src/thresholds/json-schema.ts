import { z } from 'zod';
import { fileSchema } from './schema';

/** The JSON schema of a thresholds file, for editors (`collector-config/thresholds.schema.json`). */
export function thresholdsJsonSchema(): object {
  return {
    title: 'Thresholds of pg-otel',
    ...z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' }),
  };
}
