import type { AllPerformanceData } from '@pg-otel/insights';
import { httpAnswer, NoAnswer } from '../http-answer';

const ANSWER_MILLIS = 5_000;
/** `PG_OTEL_INSIGHTS`: the processes of one program use as many ports, from the first one on. */
const PORTS = 20;
/** Reads between two looks for the busiest process. */
const READS_OF_A_PROCESS = 5;

/** What a reading has found. */
export type Reading =
  | { readonly data: AllPerformanceData; readonly processes: number }
  /** Why there is no data, in a sentence. */
  | { readonly failure: string };

/** Reads the insights of a program. */
export interface Source {
  read(): Promise<Reading>;
}

/** The insights at a URL. */
export const urlSource = (url: URL): Source => ({ read: () => read(url) });

/** The insights of the busiest process of a program, whose first process uses this port. */
export function programSource(firstPort: number): Source {
  let port = firstPort;
  let processes = 1;
  let reads = 0;
  const at = (number: number) => read(new URL(`http://127.0.0.1:${number}/`));

  async function busiest(): Promise<Reading> {
    let best: Reading = { failure: `Nothing answers on port ${firstPort}` };
    processes = 0;
    for (let next = firstPort; next < firstPort + PORTS && next <= 65_535; next += 1) {
      const reading = await at(next);
      if ('failure' in reading) break;
      processes += 1;
      if ('failure' in best || reading.data.performance.total > best.data.performance.total) {
        best = reading;
        port = next;
      }
    }
    return 'failure' in best ? best : { ...best, processes };
  }

  return {
    async read() {
      reads += 1;
      if (reads % READS_OF_A_PROCESS === 1) return busiest();
      const reading = await at(port);
      return 'failure' in reading ? busiest() : { ...reading, processes };
    },
  };
}

async function read(url: URL): Promise<Reading> {
  const all = new URL(url);
  all.pathname = `${url.pathname.replace(/\/+$/, '')}/all`;
  // Its query may contain a token.
  const name = url.origin + url.pathname;
  try {
    const { status, text } = await httpAnswer(all, ANSWER_MILLIS, { redirect: 'error' });
    if (status === 403 || status === 401) return { failure: `${name} refuses access (HTTP ${status})` };
    const data = status === 200 ? dataOf(text) : undefined;
    if (data !== undefined) return { data, processes: 1 };
    return { failure: `${name} does not serve the insights of pg-otel (HTTP ${status})` };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { failure: `${name} ${error.message}` };
  }
}

/** Undefined for anything else than insights. */
function dataOf(text: string): AllPerformanceData | undefined {
  try {
    const data = JSON.parse(text) as Partial<AllPerformanceData> | null;
    const isComplete =
      typeof data?.collectedAt === 'number' &&
      [data.performance?.statements, data.connections?.history, data.pools?.pools].every(Array.isArray) &&
      [data.running, data.findings, data.capacity, data.baseline?.deviations].every(Array.isArray);
    return isComplete ? (data as AllPerformanceData) : undefined;
  } catch {
    return undefined;
  }
}
