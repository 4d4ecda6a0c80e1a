import pg from 'pg';
import type { Rows, SideConnection } from '../../src/diagnosis/contracts';

/** A side connection for tests of one part, with values as the server sends them. */
export interface TestSide extends SideConnection {
  /** The messages so far. */
  readonly asked: string[];
  end(): Promise<void>;
}

export async function openSide(config: pg.ClientConfig): Promise<TestSide> {
  const client = new pg.Client({
    ...config,
    types: { getTypeParser: () => (value: string) => value } as never,
  });
  client.on('error', () => {});
  await client.connect();
  const asked: string[] = [];
  const rowsOf = ({ rows }: pg.QueryArrayResult): Rows => rows as Rows;
  return {
    asked,
    async ask(message) {
      asked.push(message);
      const results = await client.query({ text: message, rowMode: 'array' });
      return ([] as pg.QueryArrayResult[]).concat(results).map(rowsOf);
    },
    async askOne(statement) {
      asked.push(statement);
      return rowsOf(
        await client.query({
          text: statement,
          rowMode: 'array',
          queryMode: 'extended',
        } as pg.QueryArrayConfig),
      );
    },
    end: () => client.end(),
  };
}
