import { type NeonEndpoint, startNeonEndpoint } from './neon-endpoint';
import { type PostgresOptions, type PostgresServer, startPostgres } from './postgres';

/** A Neon endpoint and the Postgres behind it. */
export interface NeonStage {
  readonly postgres: PostgresServer;
  readonly endpoint: NeonEndpoint;
  stop(): Promise<void>;
}

/** Starts both. They end with `stop()`, at the latest when this process ends. */
export async function startNeonStage(options?: PostgresOptions): Promise<NeonStage> {
  const postgres = await startPostgres(options);
  const endpoint = await startNeonEndpoint(postgres);
  return {
    postgres,
    endpoint,
    async stop() {
      await endpoint.stop();
      await postgres.stop();
    },
  };
}
