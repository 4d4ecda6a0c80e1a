const SERVERS_MOST = 1_000_000;
const SECONDS_MOST = 1e9;

/** @throws {RangeError} that names the argument and the accepted values */
export function checkServers(servers: number): void {
  if (!Number.isInteger(servers) || servers < 1 || servers > SERVERS_MOST) {
    throw refused('servers', `a whole number from 1 to ${SERVERS_MOST}`, servers);
  }
}

/** @throws {RangeError} */
export function checkOffered(offered: number): void {
  if (!Number.isFinite(offered) || offered < 0) {
    throw refused('offered', 'a finite number of erlangs from 0', offered);
  }
}

/** @throws {RangeError} */
export function checkServiceSeconds(seconds: number): void {
  if (!(seconds >= 0 && seconds <= SECONDS_MOST)) {
    throw refused('serviceSeconds', `a number of seconds from 0 to ${SECONDS_MOST}`, seconds);
  }
}

/** @throws {RangeError} */
export function checkQuantile(quantile: number): void {
  if (!(quantile >= 0 && quantile < 1)) {
    throw refused('quantile', 'a number from 0 to below 1', quantile);
  }
}

/** @throws {RangeError} */
export function checkBatchSize(batchSize: number): void {
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 1000) {
    throw refused('batchSize', 'a whole number from 1 to 1000', batchSize);
  }
}

/** @throws {RangeError} */
export function checkVariability(name: string, variability: number): void {
  if (!Number.isFinite(variability) || variability < 0) {
    throw refused(name, 'a finite number from 0 (squared coefficient of variation)', variability);
  }
}

/** @throws {RangeError} */
export function checkSharing({ cores, cpuShare }: { cores: number; cpuShare: number }): void {
  if (!(cores > 0 && Number.isFinite(cores))) throw refused('cores', 'a finite number above 0', cores);
  if (!(cpuShare >= 0 && cpuShare <= 1)) throw refused('cpuShare', 'a number from 0 to 1', cpuShare);
}

function refused(name: string, accepted: string, value: unknown): RangeError {
  return new RangeError(`${name} must be ${accepted}, got ${String(value)}`);
}
