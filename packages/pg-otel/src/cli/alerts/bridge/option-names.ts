import type { BridgeOptionError, BridgeOptions } from '@pg-otel/alerts/bridge';
import { BadInput } from '../../bad-input';

/** What an option of the bridge is called where it came from: a flag, or a variable of the environment. */
export type OptionNames = Readonly<Partial<Record<keyof BridgeOptions, string>>>;

export function badInputOf({ setting, reason }: BridgeOptionError, names: OptionNames): BadInput {
  const [option = ''] = setting.split('.');
  return new BadInput(`${names[option as keyof BridgeOptions] ?? setting} ${reason}`);
}
