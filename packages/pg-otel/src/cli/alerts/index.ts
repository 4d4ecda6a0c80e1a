import type { CommandGroup } from '../command';
import { bridge } from './bridge';
import { build } from './build';
import { check } from './check';

export const alerts: CommandGroup = {
  summary: 'Compiles thresholds to alert rules, checks them, and delivers alerts to Alertmanager',
  commands: { build, check, bridge },
};
