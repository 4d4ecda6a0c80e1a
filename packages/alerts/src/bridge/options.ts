import { z } from 'zod';
import { TIMES } from '../rules/times';
import type { BridgeMetrics } from './metrics';

/** Options of the bridge. At least one destination, `alertmanagers` or `webhook`, is required. */
export interface BridgeOptions {
  /**
   * Base URLs of the replicas of one Alertmanager, such as `http://user:password@alertmanager:9093`. As Prometheus does,
   * the bridge sends each alert to all replicas, and one must accept it.
   */
  readonly alertmanagers?: readonly string[];
  /** A URL that receives the same alerts as a JSON array and must answer 2xx. With `alertmanagers`, both must accept. */
  readonly webhook?: string;
  /** The host name or address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** The port to listen on. Default 0: a free port. */
  readonly port?: number;
  /** The bearer token that OTLP requests must have. Default: no token is required. */
  readonly token?: string;
  /** A file with the bearer token. The bridge reads it for each request, so that the token can change. */
  readonly tokenFile?: string;
  /** Certificate (chain) and key in PEM. Default: plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** How long an alert lasts after the bridge received its last event. Default 180 s; events are repeated every 60 s. */
  readonly holdSeconds?: number;
  /** Maximum size of a body, as sent and decompressed. Requests in flight share 16 times this size. Default 2 MiB. */
  readonly maxBodyBytes?: number;
  /** Maximum number of requests that are forwarded at the same time. Default 16. */
  readonly maxRequests?: number;
  /** Maximum time from the headers of a request to the response. Default 25 s; the collector waits 30 s. */
  readonly requestTimeoutSeconds?: number;
  /** Timeout of each request to Alertmanager or the webhook. Default 10 s. */
  readonly deliveryTimeoutSeconds?: number;
  /** How long the bridge waits for requests in flight when it stops. Default 10 s. */
  readonly stopTimeoutSeconds?: number;
  /** Receives a line for each failure, without secrets. Repeats a line at most once a minute. Default: no log. */
  readonly log?: (line: string) => void;
}

/** An invalid setting. The message describes the accepted values. */
export class BridgeOptionError extends TypeError {
  override readonly name = 'BridgeOptionError';

  constructor(
    /** The name of the setting in {@link BridgeOptions}. */
    readonly setting: string,
    /** `must be …`, with the value if it cannot contain a secret. */
    readonly reason: string,
  ) {
    super(`${setting} ${reason}`);
  }
}

const text = (what: string, pattern = /\S/) => z.string(`must be ${what}`).regex(pattern, `must be ${what}`);
const url = z
  .url({ protocol: /^https?$/, error: 'must be a URL like http://localhost:9093' })
  .transform((given) => new URL(given));
/** A number of seconds, or a whole number of another unit. No secret is a number, so the message shows the value. */
const number = (least: number, most: number, unit: string) => {
  const [type, kind] = unit === 'seconds' ? [z.number, 'number'] : [z.int, 'whole number'];
  const range = `must be a ${kind} from ${least} to ${most} (${unit})`;
  // JSON has no NaN.
  const error = ({ input }: { readonly input?: unknown }) =>
    `${range}, got ${typeof input === 'number' ? input : JSON.stringify(input)}`;
  return type({ error }).min(least, { error }).max(most, { error });
};

const options = {
  alertmanagers: z.array(url, 'must be a list of URLs').default([]),
  webhook: url.optional(),
  host: text('a host name or address to listen on').default('127.0.0.1'),
  port: number(0, 65_535, 'port').default(0),
  token: text('a string that is not empty and has no spaces', /^\S+$/).optional(),
  tokenFile: text('the path of a file').optional(),
  tls: z
    .strictObject(
      { cert: text('a certificate in PEM'), key: text('a key in PEM') },
      'must be a certificate and its key',
    )
    .optional(),
  holdSeconds: number(1, 86_400, 'seconds').default(TIMES.holdAlert),
  maxBodyBytes: number(1024, 256 * 1024 * 1024, 'bytes').default(2 * 1024 * 1024),
  maxRequests: number(1, 10_000, 'requests').default(16),
  requestTimeoutSeconds: number(0.1, 600, 'seconds').default(TIMES.bridgeAnswers),
  deliveryTimeoutSeconds: number(0.1, 600, 'seconds').default(10),
  stopTimeoutSeconds: number(0, 600, 'seconds').default(10),
  log: z
    .custom<(line: string) => void>((given) => typeof given === 'function', 'must be a function')
    .transform(rateLimited)
    .default(() => () => {}),
};
const known = Object.keys(options).join(', ');

const schema = z
  .strictObject(options, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? `is not an option of the bridge; the options are ${known}`
        : 'must be an object',
  })
  .refine(({ alertmanagers, webhook }) => alertmanagers.length > 0 || webhook !== undefined, {
    path: ['alertmanagers'],
    error: 'must have a URL unless `webhook` is set',
  })
  .refine(({ token, tokenFile }) => token === undefined || tokenFile === undefined, {
    path: ['token'],
    error: 'must not be set together with `tokenFile`',
  });

/** The options with their defaults, and the metrics of the running bridge. */
export type BridgeSettings = z.output<typeof schema> & { readonly metrics: BridgeMetrics };

/** @throws {BridgeOptionError} for the first invalid setting */
export function resolveOptions(given: BridgeOptions): z.output<typeof schema> {
  const { data, error } = schema.safeParse(given);
  if (error === undefined) return data;
  const [issue] = error.issues as [z.core.$ZodIssue];
  const setting = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path;
  throw new BridgeOptionError(setting.join('.') || 'options', issue.message);
}

const PAUSE_MILLIS = 60_000;
/** The maximum number of lines a minute. Senders choose the names in lines, so each line could be different. */
const MAX_LINES = 100;

/** Logs each line at most once a minute, and at most 100 lines a minute. In an outage, every request has the same line. */
export function rateLimited(log: (line: string) => void): (line: string) => void {
  const logged = new Set<string>();
  return (line) => {
    if (logged.has(line) || logged.size === MAX_LINES) return;
    logged.add(line);
    setTimeout(() => logged.delete(line), PAUSE_MILLIS).unref();
    log(line);
  };
}
