import { types } from 'node:util';
import { ManagedPools } from '../observers/managed-pools';
import type { Platform } from '../platform';
import { diagnosticsChannels } from './channels';
import { timers } from './timers';

export const nodePlatform: Platform = {
  timers,
  channels: diagnosticsChannels,
  isProxy: types.isProxy,
  managedPools: (histograms) => new ManagedPools(histograms),
};
