import type { RunningDiagnosis, RunningFigures } from '../../channels';
import type { Diagnosis } from '../../diagnosis/contracts';
import { BLOCKER_TRACE_ID, DIAGNOSIS_CERTAINTY, DIAGNOSIS_REASON } from '../../semconv';
import { traceIdentity } from '../../trace-identity';
import { diagnosisAttributes } from '../diagnosis-attributes';
import type { RunningOperation } from './running-operation';

/** Describes an operation that runs now, for the channel of collections. */
export function runningFigures(running: RunningOperation, at: number): RunningFigures {
  const { kind, target, pool, summary, spanContext } = running;
  return {
    kind,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    poolName: pool?.name,
    summary: kind === 'query' || kind === 'batch' ? summary : undefined,
    elapsedSeconds: running.elapsedSeconds(at),
    waitsFor: waitOf(running),
    diagnosis: diagnosisOf(running.diagnosis),
    ...traceIdentity(spanContext),
  };
}

function waitOf({ kind, isSent }: RunningOperation): RunningFigures['waitsFor'] {
  if (kind === 'acquire') return 'pool';
  if (kind === 'connect') return 'setup';
  return isSent ? 'server' : 'client';
}

function diagnosisOf(diagnosis: Diagnosis | undefined): RunningDiagnosis | undefined {
  if (diagnosis === undefined || diagnosis.findings.length === 0) return undefined;
  const attributes = diagnosisAttributes(diagnosis);
  return {
    reason: attributes[DIAGNOSIS_REASON] as string,
    certainty: attributes[DIAGNOSIS_CERTAINTY] as string,
    blockerTraceId: attributes[BLOCKER_TRACE_ID] as string | undefined,
  };
}
