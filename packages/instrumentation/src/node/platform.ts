import { inspect, types } from 'node:util';
import { ManagedPools } from '../observers/managed-pools';
import type { Diagnoser, Platform } from '../platform';
import { diagnosticsChannels } from './channels';
import { timers } from './timers';

/**
 * Whether this code was loaded by Jest or a similar loader: functions of Node.js then belong to another context. A run of
 * Jest fails if a module is loaded after the end of a test file, as the code for questions is while a query still runs.
 */
export const HAS_OWN_LOADER = !(inspect instanceof Function);

let diagnoser: Diagnoser | undefined;

export const nodePlatform: Platform = {
  timers,
  channels: diagnosticsChannels,
  isProxy: types.isProxy,
  diagnoser() {
    if (diagnoser === undefined) {
      const { Diagnosing } = require('../diagnosis/diagnosing');
      diagnoser = new Diagnosing(timers) as Diagnoser;
    }
    return diagnoser;
  },
  managedPools: (histograms) => new ManagedPools(histograms),
};
