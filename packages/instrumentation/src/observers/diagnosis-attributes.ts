import type { Attributes, Link } from '@opentelemetry/api';
import type { DiagnosisMessage } from '../channels';
import type { Diagnosis } from '../diagnosis/contracts';
import {
  BLOCKER_SPAN_ID,
  BLOCKER_TRACE_ID,
  DIAGNOSIS,
  DIAGNOSIS_CERTAINTY,
  DIAGNOSIS_KINDS,
  DIAGNOSIS_REASON,
} from '../semconv';

/** The longest `pg_otel.diagnosis.reason`, in characters. */
const MAX_REASON = 1000;

/** The attributes of a diagnosis, the same on spans and events. */
export function diagnosisAttributes({ findings, unavailable }: Diagnosis): Attributes {
  const [first] = findings;
  if (first === undefined) {
    return unavailable === undefined
      ? { [DIAGNOSIS]: 'nothing' }
      : { [DIAGNOSIS]: 'unavailable', [DIAGNOSIS_REASON]: unavailable };
  }
  const blocker = blockerOf(findings);
  return {
    // Of findings with the same attribute, the first is the most helpful.
    ...Object.assign({}, ...findings.map(({ attributes }) => attributes).reverse()),
    [DIAGNOSIS]: 'found',
    [DIAGNOSIS_REASON]: joined(findings.map(({ sentence }) => sentence)),
    [DIAGNOSIS_CERTAINTY]: first.certainty,
    [DIAGNOSIS_KINDS]: [...new Set(findings.map(({ kind }) => kind))],
    ...(blocker && { [BLOCKER_TRACE_ID]: blocker.traceId, [BLOCKER_SPAN_ID]: blocker.spanId }),
  };
}

/** The diagnosis in the messages of channels. */
export function diagnosisMessage(diagnosis: Diagnosis): DiagnosisMessage {
  const attributes = diagnosisAttributes(diagnosis);
  return {
    outcome: attributes[DIAGNOSIS] as DiagnosisMessage['outcome'],
    reason: attributes[DIAGNOSIS_REASON] as string | undefined,
    certainty: diagnosis.findings[0]?.certainty,
    blockerTraceId: attributes[BLOCKER_TRACE_ID] as string | undefined,
  };
}

/** Links from the span of a query to the spans that cause its wait. */
export const diagnosisLinks = ({ findings }: Diagnosis): Link[] =>
  findings.flatMap(({ blocker }) => (blocker === undefined ? [] : [{ context: blocker }]));

const blockerOf = (findings: Diagnosis['findings']) =>
  findings.find(({ blocker }) => blocker !== undefined)?.blocker;

/** Joins as many whole sentences as fit. */
function joined(sentences: readonly string[]): string {
  let text = sentences[0]?.slice(0, MAX_REASON) ?? '';
  for (const sentence of sentences.slice(1)) {
    if (text.length + sentence.length + 2 > MAX_REASON) break;
    text += `; ${sentence}`;
  }
  return text;
}
