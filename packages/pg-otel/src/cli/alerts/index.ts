import type { CommandGroup } from '../command';
import { bridge } from './bridge';

export const alerts: CommandGroup = {
  summary: 'Brings alerts to whoever is to be told',
  commands: { bridge },
};
