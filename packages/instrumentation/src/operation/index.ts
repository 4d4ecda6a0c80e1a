import type { AcquireOperation } from './acquire';
import type { ConnectOperation } from './connect';
import type { QueryOperation } from './query';

export { AcquireOperation, type AcquirePath } from './acquire';
export {
  type CallersContext,
  callersContext,
  inContext,
  type OperationBase,
  type OperationKind,
  type Progress,
} from './base';
export { ConnectOperation, SETUP_PHASES, type SetupPhase, type SetupStep } from './connect';
export { type HttpExchange, type QueryClient, QueryOperation, type ServerTime } from './query';

export type Operation = QueryOperation | ConnectOperation | AcquireOperation;
