import { inspect } from 'node:util';
import type { Platform } from '../platform';
import { diagnosticsChannels } from './channels';
import { timers } from './timers';

export const nodePlatform: Platform = {
  timers,
  channels: diagnosticsChannels,
  inspect: (value, maxLength) =>
    inspect(value, {
      depth: 3,
      compact: true,
      breakLength: Number.POSITIVE_INFINITY,
      customInspect: false,
      getters: false,
      maxArrayLength: 20,
      maxStringLength: maxLength,
    }),
};
