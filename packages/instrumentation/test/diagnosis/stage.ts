import type { Socket } from 'node:net';
import { type PostgresServer, type PostgresVersion, pollUntil, startPostgres } from '@pg-otel/testkit';
import { Client, type ClientConfig, type Submittable } from 'pg';
import { readAnswer } from '../../src/diagnosis/answer';
import type { Finding, OwnKnowledge, Route, SideConnection, Subject } from '../../src/diagnosis/contracts';
import { findingsOf } from '../../src/diagnosis/findings/findings';
import { planFindings } from '../../src/diagnosis/plan/plan';
import { questionAbout } from '../../src/diagnosis/question';
import { temporaryFilesFindings } from '../../src/diagnosis/temporary-files';
import { usualFindings } from '../../src/diagnosis/usual';
import { sideOf } from './side';

/** `auditor` has `pg_read_all_stats`, `monitor` has `pg_monitor`, the others no grant. */
const ROLES = ['shop', 'billing', 'auditor', 'monitor'] as const;
export type Role = (typeof ROLES)[number];
const PASSWORD = 'secret';

/** A session of a scenario. */
export type Session = Client & {
  readonly processID: number;
  readonly connection: { readonly stream: Socket };
};

/** A query that hangs. */
export interface Asked extends Partial<Subject> {
  readonly session: Session;
  readonly text: string;
  /** Of `performance.now()`. */
  readonly startedAt: number;
}

/** What a scenario produced: the query to ask about, and others in the same question. */
export interface Case {
  readonly asked: Asked;
  readonly others?: readonly Asked[];
  readonly own?: OwnKnowledge;
  /** What differs on the connection that asks: a pooler, proxy or balancer is in between. */
  readonly route?: Partial<Route>;
  /** Whether the plan of the query, and what is usual for it, are asked for as well. */
  readonly isExplained?: boolean;
}

/** One server, for scenarios that run at the same time. */
export class ScenarioServer {
  readonly #postgres: PostgresServer;
  readonly #admin: Client;
  #stages = 0;

  private constructor(postgres: PostgresServer, admin: Client) {
    this.#postgres = postgres;
    this.#admin = admin;
  }

  static async start(version: PostgresVersion): Promise<ScenarioServer> {
    const postgres = await startPostgres({
      version,
      maxConnections: 200,
      settings: {
        // Small, so that reading a table waits for files.
        shared_buffers: '2MB',
        max_prepared_transactions: 10,
        autovacuum_naptime: 1,
        // Nobody confirms a commit, which only those with `synchronous_commit = on` wait for.
        synchronous_standby_names: 'nobody',
        synchronous_commit: 'local',
        shared_preload_libraries: 'pg_stat_statements',
      },
    });
    const admin = new Client({ connectionString: postgres.url });
    await admin.connect();
    for (const role of ROLES) await admin.query(`create role ${role} login password '${PASSWORD}'`);
    await admin.query('grant set on parameter deadlock_timeout, track_activities to shop');
    await admin.query('grant create on database app to shop');
    await admin.query('grant pg_read_all_stats to auditor; grant pg_monitor to monitor');
    await admin.query('create extension dblink; create extension pg_stat_statements');
    return new ScenarioServer(postgres, admin);
  }

  async stage(needsDatabase = false): Promise<Stage> {
    const name = `stage_${++this.#stages}`;
    const database = needsDatabase ? name : this.#postgres.database;
    if (needsDatabase) await this.#admin.query(`create database ${name} owner shop`);
    const { host, port } = this.#postgres;
    const stage = new Stage({ host, port, database, options: `-c search_path=${name},public` }, this.#admin);
    const owner = await stage.session();
    await owner.query(`create schema ${name}`);
    await owner.query(`grant all on schema ${name} to public`);
    return stage;
  }

  async stop(): Promise<void> {
    await this.#admin.end();
    await this.#postgres.stop();
  }
}

/** The sessions of one scenario, with a schema where they create tables. */
export class Stage {
  readonly #server: ClientConfig;
  readonly #admin: Client;
  readonly #sessions: Session[] = [];
  #side: SideConnection | undefined;

  constructor(server: ClientConfig, admin: Client) {
    this.#server = server;
    this.#admin = admin;
  }

  /** Opens a session, by default of the application's role. */
  async session(application = 'shop', role: Role = 'shop'): Promise<Session> {
    const client = new Client({
      ...this.#server,
      user: role,
      password: PASSWORD,
      application_name: application,
    }) as Session;
    // The server ends it together with the scenario.
    client.on('error', () => {});
    await client.connect();
    this.#sessions.push(client);
    return client;
  }

  /** Starts a query that hangs. */
  start(session: Session, text: string, known?: Partial<Subject>): Asked {
    const startedAt = performance.now();
    session.query(text).catch(() => {});
    return { session, text, startedAt, ...known };
  }

  /** Submits a cursor or a query without promise. */
  submit(session: Session, query: Submittable, text: string, known?: Partial<Subject>): Asked {
    const startedAt = performance.now();
    session.query(query);
    return { session, text, startedAt, ...known };
  }

  /** Creates a table with ten rows. */
  async createTable(name: string): Promise<void> {
    const owner = await this.session();
    await owner.query(`create table ${name} (id int primary key, amount int)`);
    await owner.query(`insert into ${name} select id, 0 from generate_series(1, 10) id`);
    await owner.query(`grant all on ${name} to public`);
  }

  /** Starts a query that waits for a lock. */
  async block(session: Session, text: string, known?: Partial<Subject>): Promise<Asked> {
    const asked = this.start(session, text, known);
    await this.see(session, `wait_event_type = 'Lock'`);
    return asked;
  }

  /** Waits until `pg_stat_activity` shows a session as described. */
  async see({ processID }: Session, condition: string): Promise<void> {
    await pollUntil(async () => {
      const { rows } = await this.#admin.query(
        `select from pg_stat_activity where pid = $1 and ${condition}`,
        [processID],
      );
      return rows.length > 0;
    });
  }

  /** Waits until a query of the superuser has a result. */
  async seeAny(query: string): Promise<void> {
    await pollUntil(async () => (await this.#admin.query(query)).rows.length > 0);
  }

  /** For libpq. */
  get connectionString(): string {
    const { host, port, database } = this.#server;
    return `host=${host} port=${port} dbname=${database} user=shop password=${PASSWORD}`;
  }

  async asAdmin(text: string): Promise<unknown[]> {
    return (await this.#admin.query(text)).rows;
  }

  /** Asks the server about the query of a case. */
  async ask({
    asked,
    others = [],
    own = { session: () => undefined },
    route = {},
    isExplained,
  }: Case): Promise<Finding[]> {
    this.#side ??= sideOf(await this.session('pg-otel', asked.session.user as Role));
    const subjects = [asked, ...others].map(subjectOf) as [Subject];
    const answer = readAnswer(
      await this.#side.ask(questionAbout(subjects, { ...this.#side.route, ...route })),
    );
    if (answer === undefined) throw new Error('The answer is not readable');
    const findings = findingsOf(answer, subjects[0], own);
    if (!isExplained) return findings;
    for (const further of [temporaryFilesFindings, planFindings, usualFindings]) {
      findings.push(...(await further(this.#side, subjects[0], answer)));
    }
    return findings;
  }

  async stop(): Promise<void> {
    const pids = this.#sessions.map(({ processID }) => processID);
    await this.#admin.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [pids]);
    for (const { connection } of this.#sessions) connection.stream.destroy();
  }
}

function subjectOf({ session, text, startedAt, ...known }: Asked, index: number): Subject {
  return {
    key: index + 1,
    pid: session.processID,
    port: session.connection.stream.localPort,
    ageSeconds: (performance.now() - startedAt) / 1000,
    text,
    summary: '',
    parameterCount: 0,
    isPaced: false,
    spanContext: undefined,
    eventLoopDelaySeconds: 0,
    ...known,
  };
}
