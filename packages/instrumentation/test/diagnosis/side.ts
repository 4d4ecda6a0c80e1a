import type { Socket } from 'node:net';
import pg from 'pg';
import type { Rows, SideConnection } from '../../src/diagnosis/contracts';

/** What `pg` does not declare. */
interface Connected {
  readonly processID: number;
  readonly connection: { readonly stream: Socket };
}

/** A side connection for tests of one part. */
export interface TestSide extends SideConnection {
  /** The messages so far. */
  readonly asked: string[];
  end(): Promise<void>;
}

export async function openSide(config: pg.ClientConfig): Promise<TestSide> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  await client.connect();
  return sideOf(client);
}

/** Asks over a connection, with values as the server sends them. */
export function sideOf(client: pg.Client): TestSide {
  const asked: string[] = [];
  const query = (text: string, options = {}): Promise<pg.QueryArrayResult> => {
    asked.push(text);
    const types = { getTypeParser: () => (value: string) => value };
    return client.query({ text, rowMode: 'array', types, ...options } as pg.QueryArrayConfig);
  };
  const rowsOf = ({ rows }: pg.QueryArrayResult): Rows => rows as Rows;
  const { processID, connection } = client as pg.Client & Connected;
  return {
    asked,
    get route() {
      const { localPort: port, remoteAddress: peer, remotePort: peerPort } = connection.stream;
      return { pid: processID, port, peer, peerPort };
    },
    async ask(message) {
      return ([] as pg.QueryArrayResult[]).concat(await query(message)).map(rowsOf);
    },
    async askOne(statement) {
      return rowsOf(await query(statement, { queryMode: 'extended' }));
    },
    end: () => client.end(),
  };
}
