import { channel } from 'node:diagnostics_channel';
import { CHANNELS } from '../channels';
import type { Channels } from '../platform';

export const diagnosticsChannels: Channels = {
  operationStart: channel(CHANNELS.operationStart),
  operationEnd: channel(CHANNELS.operationEnd),
  connectionRelease: channel(CHANNELS.connectionRelease),
  connectionClose: channel(CHANNELS.connectionClose),
  event: channel(CHANNELS.event),
};
