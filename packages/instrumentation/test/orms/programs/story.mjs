// Shared by all programs of this folder: steps, each with a span and a line on stdout, and an end.
import { trace } from '@opentelemetry/api';

export const url = process.env.DATABASE_URL;
/** The size of every pool: the third of the concurrent steps waits for a connection that another one releases. */
export const poolSize = 2;

const tracer = trace.getTracer('story');

/** Does something in a span of that name, and writes its result or error down. */
export async function step(name, work) {
  const outcome = await tracer.startActiveSpan(name, async (span) => {
    try {
      return { result: await work() };
    } catch (error) {
      return { error: described(error) };
    } finally {
      span.end();
    }
  });
  console.log(JSON.stringify({ step: name, ...outcome }));
}

/** Runs several at once, each in a separate span; the results are in the order of their numbers. */
export async function concurrently(name, count, work) {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const results = await Promise.all(
    numbers.map((number) =>
      tracer.startActiveSpan(`${name} ${number}`, async (span) => {
        const result = await work(number);
        span.end();
        return result;
      }),
    ),
  );
  console.log(JSON.stringify({ step: name, results }));
}

/** Returns a function that resolves once it was called by so many: they all hold a connection by then. */
export function meetingOf(count) {
  let arrived = 0;
  let open;
  const opened = new Promise((resolve) => {
    open = resolve;
  });
  return () => {
    arrived++;
    if (arrived === count) open();
    return opened;
  };
}

/** The pool is still open when the SDK exports for the last time: its numbers are among what arrives. */
export async function conclude(close) {
  await globalThis.sdk?.shutdown();
  await close();
}

function described(error) {
  const { name, code, message, cause } = error;
  return { class: error.constructor.name, name, code, message, ...(cause && { cause: described(cause) }) };
}
