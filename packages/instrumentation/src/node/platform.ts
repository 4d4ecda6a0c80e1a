import { types } from 'node:util';
import type { Platform } from '../platform';
import { diagnosticsChannels } from './channels';
import { timers } from './timers';

export const nodePlatform: Platform = {
  timers,
  channels: diagnosticsChannels,
  isProxy: types.isProxy,
  diagnoser(environment) {
    const { Diagnosing } = require('../diagnosis/diagnosing');
    return new Diagnosing(environment);
  },
};
