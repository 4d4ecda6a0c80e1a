import type { BridgeOptionError, BridgeOptions } from '@pg-otel/alerts/bridge';
import { BadInput } from '../../bad-input';

/** The name of each option of the bridge in its source: the flag or the environment variable. */
export type OptionNames = Readonly<Partial<Record<keyof BridgeOptions, string>>>;

export function badInputOf({ setting, reason }: BridgeOptionError, names: OptionNames): BadInput {
  const [option = ''] = setting.split('.');
  const nameOf = (name: string) => names[name as keyof BridgeOptions];
  // A reason may name another option.
  const inNames = reason.replace(/`(\w+)`/g, (quoted, name: string) => nameOf(name) ?? quoted);
  return new BadInput(`${nameOf(option) ?? setting} ${inNames}`);
}
