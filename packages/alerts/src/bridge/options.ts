import { z } from 'zod';
import { TIMES } from '../rules/times';

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

const url = z
  .string('must be a URL like http://localhost:9093')
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be a URL like http://localhost:9093',
  )
  .transform((text) => new URL(text));
const text = (what: string) =>
  z.string(`must be ${what}`).refine((given) => given.trim() !== '', `must be ${what}`);
const number = (least: number, most: number, unit: string) => {
  const message = `must be a number from ${least} to ${most} (${unit})`;
  return z.number(message).min(least, message).max(most, message);
};
const whole = (least: number, most: number, unit: string) => {
  const message = `must be a whole number from ${least} to ${most} (${unit})`;
  return z.int(message).min(least, message).max(most, message);
};

const TOKEN = 'must be a string that is not empty and has no spaces';

const schema = z.strictObject({
  alertmanagers: z.array(url, 'must be a list of URLs').default([]),
  webhook: url.optional(),
  host: text('a host name or address to listen on').default('127.0.0.1'),
  port: whole(0, 65_535, 'port').default(0),
  token: z.string(TOKEN).regex(/^\S+$/, TOKEN).optional(),
  tokenFile: text('the path of a file').optional(),
  tls: z
    .strictObject(
      { cert: text('a certificate in PEM'), key: text('a key in PEM') },
      'must be a certificate and its key',
    )
    .optional(),
  holdSeconds: number(1, 86_400, 'seconds').default(TIMES.holdAlert),
  maxBodyBytes: whole(1024, 256 * 1024 * 1024, 'bytes').default(2 * 1024 * 1024),
  maxRequests: whole(1, 10_000, 'requests').default(16),
  requestTimeoutSeconds: number(0.1, 600, 'seconds').default(TIMES.bridgeAnswers),
  deliveryTimeoutSeconds: number(0.1, 600, 'seconds').default(10),
  stopTimeoutSeconds: number(0, 600, 'seconds').default(10),
  log: z
    .custom<(line: string) => void>((given) => typeof given === 'function', 'must be a function')
    .default(() => () => {}),
});

export type ResolvedBridgeOptions = z.output<typeof schema>;

/** Settings whose values may be shown: they contain no secret. */
const SHOWN = /^(port|holdSeconds|max\w+|\w+TimeoutSeconds)$/;

/** @throws {BridgeOptionError} for the first invalid setting */
export function resolveOptions(options: BridgeOptions): ResolvedBridgeOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw errorOf(parsed.error.issues[0], options);
  const { alertmanagers, webhook, token, tokenFile } = parsed.data;
  if (alertmanagers.length === 0 && webhook === undefined) {
    throw new BridgeOptionError('alertmanagers', 'must have a URL unless webhook is set');
  }
  if (token !== undefined && tokenFile !== undefined) {
    throw new BridgeOptionError('token', 'must not be set together with tokenFile');
  }
  return parsed.data;
}

function errorOf(issue: z.core.$ZodIssue | undefined, options: BridgeOptions): BridgeOptionError {
  if (issue === undefined) return new BridgeOptionError('options', 'must be an object');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(schema.shape).join(', ');
    return new BridgeOptionError(
      issue.keys[0] ?? '',
      `is not an option of the bridge; the options are ${known}`,
    );
  }
  const setting = issue.path.join('.');
  if (setting === '') return new BridgeOptionError('options', 'must be an object');
  const given = SHOWN.test(setting) ? `, got ${shown(options[setting as keyof BridgeOptions])}` : '';
  return new BridgeOptionError(setting, `${issue.message}${given}`);
}

/** Formats a value for a message. Numbers are not formatted as JSON, which has no NaN. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
