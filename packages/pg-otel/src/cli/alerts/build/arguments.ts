import * as path from 'node:path';
import { parseArgs } from 'node:util';
import type { Profile } from '@pg-otel/alerts';
import { BadInput } from '../../bad-input';
import { PROFILE_NAMES, thresholdsFile } from '../files';

export interface BuildArguments {
  readonly isJson: boolean;
  readonly isCheck: boolean;
  readonly isInit: boolean;
  /** An absolute path, like `out`. */
  readonly thresholds: string;
  readonly out: string;
  readonly profiles: readonly Profile[];
}

/**
 * @throws {BadInput}
 * @throws the error of `parseArgs` for invalid arguments
 */
export function readArguments(args: string[], cwd: string): BuildArguments {
  const { values } = parseArgs({
    args,
    options: {
      thresholds: { type: 'string' },
      out: { type: 'string' },
      profile: { type: 'string', multiple: true },
      init: { type: 'boolean' },
      check: { type: 'boolean' },
      json: { type: 'boolean' },
    },
  });
  if (values.init && values.check) throw new BadInput('--init writes and --check does not: one of them');
  const thresholds = thresholdsFile(values.thresholds, cwd);
  return {
    isJson: values.json ?? false,
    isCheck: values.check ?? false,
    isInit: values.init ?? false,
    thresholds,
    out: values.out === undefined ? path.dirname(thresholds) : path.resolve(cwd, values.out),
    profiles: (values.profile ?? PROFILE_NAMES).map(profile),
  };
}

function profile(name: string): Profile {
  const found = PROFILE_NAMES.find((each) => each === name);
  if (found === undefined) {
    throw new BadInput(`--profile must be one of ${PROFILE_NAMES.join(', ')}, got ${JSON.stringify(name)}`);
  }
  return found;
}
