import type { CommandGroup } from '../command';
import { bridge } from './bridge';
import { build } from './build';
import { check } from './check';

export const alerts: CommandGroup = {
  summary: 'Compiles thresholds to alerts, checks them, and brings alerts to whoever is to be told',
  commands: { build, check, bridge },
};
