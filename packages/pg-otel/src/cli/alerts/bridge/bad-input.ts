import type { BridgeOptionError, BridgeOptions } from '@pg-otel/alerts/bridge';

/** What somebody gave cannot be used: one line, exit code 2. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}

/** What an option of the bridge is called where it came from: a flag, or a variable of the environment. */
export type OptionNames = Readonly<Partial<Record<keyof BridgeOptions, string>>>;

export function badInputOf({ setting, reason }: BridgeOptionError, names: OptionNames): BadInput {
  const [option = ''] = setting.split('.');
  return new BadInput(`${names[option as keyof BridgeOptions] ?? setting} ${reason}`);
}
