import type { RunningFigures } from '../../channels';
import { traceIdentity } from '../../trace-identity';
import { diagnosisMessage } from '../diagnosis-attributes';
import type { RunningOperation } from './running-operation';

/** Describes an operation that runs now, for the channel of collections. */
export function runningFigures(running: RunningOperation, at: number): RunningFigures {
  const { kind, target, pool, summary, spanContext, diagnosis } = running;
  return {
    kind,
    serverAddress: target.address,
    serverPort: target.port,
    namespace: target.namespace,
    poolName: pool?.name,
    summary: kind === 'query' || kind === 'batch' ? summary : undefined,
    elapsedSeconds: running.elapsedSeconds(at),
    waitsFor: waitOf(running),
    diagnosis: diagnosis && diagnosisMessage(diagnosis),
    ...traceIdentity(spanContext),
  };
}

function waitOf({ kind, isSent }: RunningOperation): RunningFigures['waitsFor'] {
  if (kind === 'acquire') return 'pool';
  if (kind === 'connect') return 'setup';
  return isSent ? 'server' : 'client';
}
