import { fileURLToPath } from 'node:url';
import { measure } from '../rounds.mjs';
import { startReceiver } from './receiver.mjs';
import { BATCH, ONLY_POSTGRES, stages } from './stages.mjs';

const worker = fileURLToPath(new URL('./worker.mjs', import.meta.url));

const CONTESTANTS = [
  { name: 'bare', variant: 'bare', stage: 'sent' },
  ...Object.keys(stages).flatMap((stage) =>
    ['standard', 'ours'].map((variant) => ({ name: `${variant} ${stage}`, variant, stage })),
  ),
];

const ENVIRONMENT = {
  ...ONLY_POSTGRES,
  // An hour: metrics are recorded, and not exported in the rounds.
  OTEL_METRIC_EXPORT_INTERVAL: '3600000',
};

/**
 * From `client.query` to the answer of the receiver, by stage. Resolves with results as those of `measure`, by variant
 * and stage.
 */
export async function measureWhole({ node, env, folder, load, effort }) {
  const receiver = await startReceiver();
  try {
    return await measure({
      node,
      env: { ...env, ...ENVIRONMENT, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
      folder,
      contestants: CONTESTANTS.map((contestant) => ({ ...contestant, load })),
      effort: { ...effort, heapQueries: 0 },
      worker,
      queries: BATCH,
    });
  } finally {
    receiver.stop();
  }
}
