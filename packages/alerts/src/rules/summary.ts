import type {
  FailedLevel,
  HeldLevel,
  Level,
  OperationKind,
  PipelineLevel,
  PoolLevel,
  Rule,
  ShareLevel,
  SlowLevel,
} from './rule';

const OPERATION: Readonly<Record<OperationKind, string>> = {
  query: 'query',
  batch: 'batch',
  connect: 'connection setup',
  acquire: 'wait for the pool',
};

/** Annotation `summary` of an alert: one sentence, the same whoever tells it; what it is about, its labels say. */
export function summaryOf(rule: Rule, level: Level): string {
  switch (rule.watch) {
    case 'slow-operation':
      return `A ${listed(rule.operations)} takes longer than ${seconds((level as SlowLevel).overSeconds)}`;
    case 'failed-operation': {
      const { failures } = level as FailedLevel;
      const what = rule.operations.includes('connect')
        ? 'Connections fail'
        : 'Requests for a connection fail';
      return `${what} (${failures.map((failure) => failure.replace('_', ' ')).join(', ')})`;
    }
    case 'held-connection':
      return `A connection is held for longer than ${seconds((level as HeldLevel).overSeconds)}`;
    case 'share-within': {
      const { share, withinSeconds, windowSeconds } = level as ShareLevel;
      return `Less than ${percent(share)} of ${listed(rule.operations)} operations took at most ${seconds(withinSeconds)} in the last ${seconds(windowSeconds)}`;
    }
    case 'pool-utilization':
      return `More than ${percent((level as PoolLevel).over)} of a pool is in use`;
    case 'pool-waiting':
      return `A request waits for a connection for longer than ${seconds((level as PoolLevel).over)}`;
    case 'pool-unhealthy':
      return 'The health check of a pool fails';
    case 'missing-telemetry':
      return 'No metrics of its pools arrive any more';
    case 'collector-queue':
      return `A queue of the collector is more than ${percent((level as PipelineLevel).over)} full`;
    case 'collector-refused':
      return 'The collector refuses telemetry';
    case 'collector-failed':
      return 'The collector loses telemetry';
    case 'bridge-undelivered':
      return 'Alerts do not reach Alertmanager';
  }
}

function listed(operations: readonly OperationKind[]): string {
  return operations.map((kind) => OPERATION[kind]).join(' or ');
}

/** 0.8 as `80 %`. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))} %`;
}

/** 0.05 as `50 ms`. */
export function seconds(value: number): string {
  return value < 1 ? `${Number((value * 1000).toPrecision(12))} ms` : `${value} s`;
}
