import type { Compiled } from '../rules/compiled';
import type { Thresholds } from '../rules/rule';
import { telemetry } from './base';
import { collectorYaml } from './config';
import { header } from './header';
import { standaloneNotes } from './notes';
import { PROFILES, type Profile, partsOf } from './profiles';

/** The configuration of the OpenTelemetry Collector for a profile. */
export function compileCollector(thresholds: Thresholds, profile: Profile): Compiled {
  const parts = partsOf[profile](thresholds);
  const withoutHeader = collectorYaml('', parts, telemetry);
  const content = collectorYaml(header(profile, withoutHeader), parts, telemetry);
  return {
    files: [{ path: `${profile}/collector.yaml`, content }],
    notes: profile === 'standalone' ? standaloneNotes(thresholds) : [],
  };
}

export { PROFILES, type Profile };
