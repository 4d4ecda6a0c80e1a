export type Channel = 'http' | 'websocket';

/** The faults of one request or connection. Times are in milliseconds. */
export interface Faults {
  readonly delay?: number;
  readonly status?: number;
  readonly reset?: true;
  readonly 'non-json'?: true;
  readonly 'early-close'?: true;
  readonly 'slow-body'?: number;
  readonly 'close-before-auth'?: true;
  readonly 'close-after-auth'?: true;
}

type Argument = { readonly name: string; readonly least: number; readonly most: number };

const MILLISECONDS: Argument = { name: 'milliseconds', least: 0, most: 600_000 };
const STATUS: Argument = { name: 'status', least: 400, most: 599 };
const BOTH: readonly Channel[] = ['http', 'websocket'];

const KINDS: Record<keyof Faults, { readonly on: readonly Channel[]; readonly argument?: Argument }> = {
  delay: { on: BOTH, argument: MILLISECONDS },
  status: { on: BOTH, argument: STATUS },
  reset: { on: BOTH },
  'non-json': { on: ['http'] },
  'early-close': { on: ['http'] },
  'slow-body': { on: ['http'], argument: MILLISECONDS },
  'close-before-auth': { on: ['websocket'] },
  'close-after-auth': { on: ['websocket'] },
};

/** The error for an unknown fault. The message lists the accepted faults. */
export class UnknownFault extends Error {}

/**
 * Reads faults, separated by commas. Each is `name` or `name:argument`: `delay:200,status:503`.
 *
 * @throws {UnknownFault}
 */
function parseFaults(text: string, channel: Channel): Faults {
  return Object.fromEntries(text.split(',').map((one) => parseFault(one, channel)));
}

function parseFault(text: string, channel: Channel): [string, number | true] {
  const [name = '', argument, ...more] = text.split(':');
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name as keyof Faults] : undefined;
  if (kind === undefined || more.length > 0 || !kind.on.includes(channel)) throw unknown(text, channel);
  if (kind.argument === undefined) {
    if (argument !== undefined) throw unknown(text, channel);
    return [name, true];
  }
  const { least, most } = kind.argument;
  const value = /^\d+$/.test(argument ?? '') ? Number(argument) : Number.NaN;
  if (!(value >= least && value <= most)) throw unknown(text, channel);
  return [name, value];
}

function unknown(text: string, channel: Channel): UnknownFault {
  const accepted = Object.entries(KINDS)
    .filter(([, { on }]) => on.includes(channel))
    .map(([name, { argument }]) =>
      argument === undefined ? name : `${name}:<${argument.name} ${argument.least}-${argument.most}>`,
    );
  return new UnknownFault(`fault on ${channel} must be one of ${accepted.join(', ')}; got "${text}"`);
}

/** Where a fault is injected, and how often. */
export interface FaultOptions {
  /** The channel of the fault. Default `http`. */
  readonly on?: Channel;
  /** The number of requests or connections. Default 1. */
  readonly times?: number;
}

/** The faults of the next requests and connections. */
export class FaultPlan {
  readonly #planned = new Map<Channel, { readonly faults: Faults; left: number }>();

  /** @throws {UnknownFault | TypeError} */
  set(fault: unknown, options: FaultOptions = {}): void {
    const { on = 'http', times = 1 } = options;
    if (!BOTH.includes(on)) throw new TypeError(`"on" must be one of ${BOTH.join(', ')}, got "${on}"`);
    if (!Number.isInteger(times) || times < 1) {
      throw new TypeError(`"times" must be a whole number from 1, got "${times}"`);
    }
    this.#planned.set(on, { faults: parseFaults(String(fault), on), left: times });
  }

  clear(): void {
    this.#planned.clear();
  }

  /** Returns the faults in the URL of a request (`?fault=…`), else the planned ones. @throws {UnknownFault} */
  take(channel: Channel, url: URL): Faults {
    const asked = url.searchParams.getAll('fault');
    if (asked.length > 0) return parseFaults(asked.join(','), channel);
    const planned = this.#planned.get(channel);
    if (planned === undefined) return {};
    planned.left--;
    if (planned.left === 0) this.#planned.delete(channel);
    return planned.faults;
  }
}
