import { warn, warnAgain } from '../warnings';
import { type ExportFailure, exportFailure } from './export-failure';

/** Where an exporter sends to, for messages. */
export interface Destination {
  readonly signal: string;
  readonly url: URL;
  /** The variable that sets the URL. */
  readonly endpointSetting: string;
}

/** Outages of which pg-otel warns without a pause, and the time after which it may warn of one more. */
const OUTAGES = 3;
const ONE_MORE_AFTER_MILLIS = 3_600_000;

/** The receivers of this process by origin: signals with the same receiver share its outages. */
const receivers = new Map<string, Receiver>();
const destinations = new WeakMap<object, Destination>();

/** From now on, a process warning reports when this exporter cannot reach its receiver, and when it can again. */
export function watchExports<Exporter extends object>(
  exporter: Exporter,
  destination: Destination,
): Exporter {
  destinations.set(exporter, destination);
  return exporter;
}

export function exportSucceeded(exporter: object): void {
  const destination = destinations.get(exporter);
  if (destination !== undefined) receiverOf(destination).succeeded(destination);
}

export function exportFailed(exporter: object, error: unknown): void {
  const destination = destinations.get(exporter);
  if (destination !== undefined) receiverOf(destination).failed(destination, exportFailure(error));
}

/** Whether the last export of this exporter has failed. */
export function isFailing(exporter: object): boolean {
  const destination = destinations.get(exporter);
  return destination !== undefined && receiverOf(destination).isFailing(destination);
}

/** More is recorded than the receiver takes. During an outage there is another warning. */
export function queueWasFull(exporter: object, size: number): void {
  const destination = destinations.get(exporter);
  if (destination === undefined || isFailing(exporter)) return;
  const { signal, url } = destination;
  const prefix = signal === 'logs' ? 'OTEL_BLRP' : 'OTEL_BSP';
  warn(
    'PG_OTEL_QUEUE_FULL',
    `Some ${signal} were dropped, because ${withoutSecrets(url)} takes fewer than are recorded. Raise ` +
      `${prefix}_MAX_QUEUE_SIZE (${size}) and ${prefix}_MAX_EXPORT_BATCH_SIZE${signal === 'traces' ? ', or sample traces (OTEL_TRACES_SAMPLER)' : ''}.`,
  );
}

/** A receiver has accepted an export and rejected a part of it. There is one warning for each signal. */
export function partRejected({ signal, url }: Destination): void {
  warn(
    'PG_OTEL_EXPORT_FAILED',
    `${withoutSecrets(url)} rejects a part of the ${signal} (partial success). The application is not affected. ` +
      'OTEL_LOG_LEVEL=warn shows the reason of the receiver.',
  );
}

/** Standard paths, which cannot contain a key. */
const STANDARD_PATH = /^\/(v1\/(traces|metrics|logs)|api\/v2\/spans)?$/;

/** Leaves out user, password, query and any path that is not standard: they may contain keys. */
export function withoutSecrets(url: URL): string {
  const path = STANDARD_PATH.test(url.pathname) ? url.pathname : '/…';
  return `${url.protocol}//${url.host}${path}`;
}

function receiverOf({ url }: Destination): Receiver {
  const origin = `${url.protocol}//${url.host}`;
  const receiver = receivers.get(origin) ?? new Receiver(origin);
  receivers.set(origin, receiver);
  return receiver;
}

/** Warns once when an outage begins and once when it ends. A receiver that fails often does not cause a warning each time. */
class Receiver {
  readonly #origin: string;
  /** The signals whose last export failed, with the reason. */
  readonly #failing = new Map<string, string>();
  #isReported = false;
  #outagesLeft = OUTAGES;
  #refilledAt = Date.now();

  constructor(origin: string) {
    this.#origin = origin;
  }

  isFailing({ signal }: Destination): boolean {
    return this.#failing.has(signal);
  }

  failed(destination: Destination, failure: ExportFailure): void {
    const isKnown = [...this.#failing.values()].includes(failure.reason);
    this.#failing.set(destination.signal, failure.reason);
    if (isKnown || !this.#mayWarn()) return;
    this.#isReported = true;
    const { signal, url } = destination;
    warnAgain(
      'PG_OTEL_EXPORT_FAILED',
      `Cannot export ${signal} to ${withoutSecrets(url)}: ${failure.reason}. The application is not affected. ` +
        advice(failure, destination),
    );
  }

  succeeded({ signal }: Destination): void {
    if (!this.#failing.delete(signal) || this.#failing.size > 0 || !this.#isReported) return;
    this.#isReported = false;
    warnAgain(
      'PG_OTEL_EXPORT_RECOVERED',
      `Exports to ${this.#origin} succeed again. Exports that failed are not repeated.`,
    );
  }

  #mayWarn(): boolean {
    const now = Date.now();
    // The clock of the system may be set back.
    if (now < this.#refilledAt) this.#refilledAt = now;
    const gained = Math.floor((now - this.#refilledAt) / ONE_MORE_AFTER_MILLIS);
    this.#refilledAt += gained * ONE_MORE_AFTER_MILLIS;
    this.#outagesLeft = Math.min(OUTAGES, this.#outagesLeft + gained);
    if (this.#outagesLeft === 0) return false;
    this.#outagesLeft -= 1;
    return true;
  }
}

function advice({ fix }: ExportFailure, { signal, endpointSetting }: Destination): string {
  const off = `OTEL_${signal.toUpperCase()}_EXPORTER=none turns ${signal} off`;
  return {
    endpoint: `Start a collector there or set ${endpointSetting}; ${off}.`,
    headers: 'Check OTEL_EXPORTER_OTLP_HEADERS.',
    certificate: 'Check OTEL_EXPORTER_OTLP_CERTIFICATE.',
    path: `Check ${endpointSetting}: nothing takes ${signal} there; ${off}.`,
  }[fix];
}
