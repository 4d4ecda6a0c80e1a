/** The server may be another one than the user meant. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** There is no answer. The message follows the name of the server, and contains no part of the URL. */
export class NoAnswer extends Error {}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Reads the answer of a server.
 *
 * @throws {NoAnswer} also for an answer that is too long
 */
export async function httpAnswer(
  url: URL,
  timeoutMillis: number,
  init: Pick<RequestInit, 'headers' | 'redirect'> = {},
): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMillis) });
    return { status: response.status, text: await boundedText(response) };
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    const { name, message, cause } = error as Error;
    if (name === 'TimeoutError') throw new NoAnswer(`does not answer within ${timeoutMillis / 1_000} s`);
    // `fetch` throws "fetch failed" with the reason in `cause`.
    const { code, message: reason } = (cause ?? {}) as { code?: string; message?: string };
    throw new NoAnswer(`does not answer: ${code ?? reason ?? message}`);
  }
}

/** @throws {NoAnswer} */
async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    // This ends the connection, too.
    if (bytes > MAX_ANSWER_BYTES) throw new NoAnswer(`answers with more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString();
}
