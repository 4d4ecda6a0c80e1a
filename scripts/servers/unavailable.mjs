/** A server that cannot be had on this machine: its tests are skipped. Any other error in a build is one. */
export class Unavailable extends Error {
  name = 'Unavailable';
}
