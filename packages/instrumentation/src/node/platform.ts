import { types } from 'node:util';
import { ManagedPools } from '../observers/managed-pools';
import type { Diagnoser, Platform } from '../platform';
import { diagnosticsChannels } from './channels';
import { timers } from './timers';

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
