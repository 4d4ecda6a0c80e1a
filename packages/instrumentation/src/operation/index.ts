import type { AcquireOperation } from './acquire';
import type { ConnectOperation } from './connect';
import type { QueryOperation } from './query';

export { AcquireOperation, type AcquirePath } from './acquire';
export {
  applyInContext,
  type CallersContext,
  callersContext,
  type OperationBase,
  type OperationKind,
} from './base';
export { ConnectOperation, SETUP_PHASES, type SetupPhase, type SetupStep } from './connect';
export { Observation, type Progress } from './observation';
export { type QueryClient, QueryOperation } from './query';
export type { HttpExchange, QueryDetails, ServerTime } from './query-details';

export type Operation = QueryOperation | ConnectOperation | AcquireOperation;
