import { Transform, type TransformCallback } from 'node:stream';

const AUTHENTICATION = 'R'.charCodeAt(0);
/** The size of type and length in bytes. */
const HEADER = 5;
/** The size of the method in an authentication message. */
const KIND = 4;

/**
 * Removes authentication requests from the messages of a server, because the endpoint itself answers them. From
 * AuthenticationOk on, bytes pass unchanged.
 */
export class HideAuthentication extends Transform {
  #waiting: Buffer | undefined = Buffer.alloc(0);

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.#waiting === undefined) {
      done(null, chunk);
      return;
    }
    let bytes = Buffer.concat([this.#waiting, chunk]);
    while (bytes.length >= HEADER) {
      const length = 1 + bytes.readInt32BE(1);
      const isAuthentication = bytes[0] === AUTHENTICATION;
      // Only a server other than Postgres sends this. Without an error, the login would never end.
      if (length < HEADER + (isAuthentication ? KIND : 0)) {
        done(new Error('a message of the server has an invalid length'));
        return;
      }
      if (bytes.length < length) break;
      if (isAuthentication && bytes.readInt32BE(HEADER) === 0) {
        this.#waiting = undefined;
        done(null, bytes);
        return;
      }
      if (!isAuthentication) this.push(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
    }
    this.#waiting = bytes;
    done();
  }
}
