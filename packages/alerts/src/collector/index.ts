import type { Compiled } from '../rules/compiled';
import type { Thresholds } from '../rules/rule';
import { telemetry } from './base';
import { collectorYaml } from './config';
import { header } from './header';
import { standaloneNotes } from './notes';
import { PROFILES, partsOf } from './profiles';

/** Configurations of the OpenTelemetry Collector, one for each profile. */
export function compileCollector(thresholds: Thresholds): Compiled {
  return {
    files: PROFILES.map((profile) => {
      const parts = partsOf[profile](thresholds);
      const withoutHeader = collectorYaml('', parts, telemetry);
      return {
        path: `${profile}/collector.yaml`,
        content: collectorYaml(header(profile, withoutHeader), parts, telemetry),
      };
    }),
    notes: standaloneNotes(thresholds),
  };
}
