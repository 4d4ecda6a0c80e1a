import { measureDiagnosis } from '../diagnosis.mjs';
import { table } from '../table.mjs';

/** What a question about slow operations costs the server and the process that asks. */
export const diagnosis = {
  title: 'Questions about slow operations',
  page: 'explanation/diagnosis.md',
  cells: [{}],
  measure: (_cell, { effort }) => measureDiagnosis(effort.diagnosis),
  report([{ measured }]) {
    const { questions, plan } = measured;
    const lines = questions.map(({ sessions, operations, waits, serverMs, processMs, bytes }) => [
      String(sessions),
      String(operations),
      waits,
      fixed(serverMs, 1),
      fixed(processMs, 2),
      fixed(bytes / 1024, 1),
    ]);
    return [
      table(HEADS, lines),
      `A plan, once per statement and hour: ${fixed(plan.serverMs, 1)} ms of CPU of the server.`,
    ].join('\n\n');
  },
};

const HEADS = [
  'sessions',
  'operations',
  'waits for',
  'server, ms of CPU',
  'process, ms of CPU',
  'answer, kB',
];

/** CPU of the server is not known on every system. */
const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '–');
