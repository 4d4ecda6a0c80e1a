// What a question about slow operations costs the server and the process that asks. The server has idle sessions and
// sessions that queue for a row; the CPU is that of the backend of the connection for questions.
import { createRequire } from 'node:module';
import { serverCpu } from './pool/server-cpu.mjs';

const requireOfBuild = createRequire(new URL('../packages/instrumentation/dist/index.js', import.meta.url));
const { readAnswer } = requireOfBuild('./diagnosis/answer.js');
const { findingsOf } = requireOfBuild('./diagnosis/findings/findings.js');
const { askForPlan } = requireOfBuild('./diagnosis/plan/plan-question.js');
const { plannableStatement } = requireOfBuild('./diagnosis/plan/plannable-statement.js');
const { questionAbout } = requireOfBuild('./diagnosis/question.js');

const QUEUED = 50;
const UPDATE = 'update accounts set amount = amount + 1 where id = 1';
const PLANNED = 'select * from accounts where amount = $1 order by id';
const OWN = { session: () => undefined };

/**
 * Resolves with `{ questions: [{ sessions, operations, waits, serverMs, processMs, bytes }], plan: { serverMs } }`. CPU is
 * in milliseconds for one question; that of the server is NaN where it cannot be read.
 */
export async function measureDiagnosis({ sessions, repetitions }) {
  const { startPostgres } = await import('@pg-otel/testkit');
  const server = await startPostgres({ maxConnections: Math.max(...sessions) + 20 });
  const opened = [];
  const open = async () => {
    const { Client } = requireOfBuild('pg');
    const client = new Client({ connectionString: server.url });
    client.on('error', () => {});
    await client.connect();
    opened.push(client);
    return client;
  };
  try {
    const side = sideOf(await open());
    const holder = await open();
    await holder.query(
      'create table accounts as select id, 0 as amount from generate_series(1, 1000) id; analyze',
    );
    const sleeping = hang(await open(), 'select pg_sleep(1000)');
    await holder.query(`begin; ${UPDATE}`);
    const waiting = [];
    while (waiting.length < QUEUED) waiting.push(hang(await open(), UPDATE));
    await seeQueue(side);

    const questions = [];
    for (const count of sessions) {
      while (opened.length < count) await open();
      for (const [waits, asked] of [
        ['a lock', [waiting.at(-1)]],
        ['a lock', waiting.slice(-10)],
        ['no lock', [sleeping]],
      ]) {
        const cost = await costOf(server, side, repetitions, () => ask(side, asked));
        questions.push({ sessions: count, operations: asked.length, waits, ...cost });
      }
    }
    const statement = plannableStatement(PLANNED);
    const plan = await costOf(server, side, repetitions, () => askForPlan(side, statement));
    return { questions, plan };
  } finally {
    for (const client of opened) client.connection.stream.destroy();
    await server.crash();
    await server.stop();
  }
}

/** Milliseconds of CPU for each repetition, and what the last one returned. The first one fills the catalog caches. */
async function costOf(server, side, repetitions, run) {
  await run();
  const before = { server: cpuOf(server, side), process: process.cpuUsage() };
  let result;
  for (let count = 0; count < repetitions; count++) result = await run();
  const { user, system } = process.cpuUsage(before.process);
  return {
    ...result,
    serverMs: ((cpuOf(server, side) - before.server) * 1000) / repetitions,
    processMs: (user + system) / 1000 / repetitions,
  };
}

const cpuOf = (server, { pid }) => serverCpu(server.pid)?.get(String(pid)) ?? Number.NaN;

/** Asks as the process does when operations cross a threshold. */
async function ask(side, asked) {
  const subjects = asked.map(({ client, text, startedAt }, key) => ({
    key,
    pid: client.processID,
    port: client.connection.stream.localPort,
    ageSeconds: (performance.now() - startedAt) / 1000,
    text,
    summary: '',
    parameterCount: 0,
    isPaced: false,
    spanContext: undefined,
    eventLoopDelaySeconds: 0,
  }));
  const results = await side.ask(questionAbout(subjects, side.route));
  const answer = readAnswer(results);
  const found = subjects.map((subject) => findingsOf(answer, subject, OWN));
  if (found.some((findings) => findings.length === 0)) throw new Error('bench: an operation has no reason');
  return { bytes: Buffer.byteLength(results.at(-1)[0][0]) };
}

function hang(client, text) {
  client.query(text).catch(() => {});
  return { client, text, startedAt: performance.now() };
}

async function seeQueue(side) {
  for (;;) {
    const results = await side.ask("select count(*) from pg_stat_activity where wait_event_type = 'Lock'");
    if (Number(results[0][0][0]) === QUEUED) return;
  }
}

function sideOf(client) {
  const types = { getTypeParser: () => (value) => value };
  const query = async (options) => [await client.query({ rowMode: 'array', types, ...options })].flat();
  const { localPort: port, remoteAddress: peer, remotePort: peerPort } = client.connection.stream;
  return {
    pid: client.processID,
    route: { pid: client.processID, port, peer, peerPort },
    ask: async (text) => (await query({ text })).map(({ rows }) => rows),
    askOne: async (text) => (await query({ text, queryMode: 'extended' }))[0].rows,
  };
}
