import { EventEmitter } from 'node:events';

const INTEGER = 23;
const TEXT = 25;
const BIND = 'B'.charCodeAt(0);
const PARSE = 'P'.charCodeAt(0);

const int16 = (value) => Buffer.from([value >> 8, value & 255]);
const int32 = (value) => Buffer.from([value >> 24, value >> 16, value >> 8, value]);
const string = (text) => Buffer.from(`${text}\0`);
const message = (type, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};
const field = ([name, type]) =>
  Buffer.concat([string(name), int32(0), int16(0), int32(type), int16(-1), int32(-1), int16(0)]);
const value = (text) => Buffer.concat([int32(text.length), Buffer.from(text)]);

const FIELDS = [
  ['id', INTEGER],
  ['name', TEXT],
  ['price', INTEGER],
];
const VALUES = ['42', 'a bar of soap', '399'];
const READY = message('Z', Buffer.from('I'));

/** What a server sends: after the password, when a statement with one parameter is prepared, and when it is executed. */
const WELCOME = Buffer.concat([message('R', int32(0)), READY]);
const DESCRIPTION = Buffer.concat([
  message('1'),
  message('t', int16(1), int32(INTEGER)),
  message('T', int16(FIELDS.length), ...FIELDS.map(field)),
]);
const ONE_ROW = Buffer.concat([
  message('2'),
  message('D', int16(VALUES.length), ...VALUES.map(value)),
  message('C', string('SELECT 1')),
  READY,
]);

/**
 * In the place of a socket of Postgres.js (option `socket`): connected at once, and answers each statement with one row,
 * in a microtask. Everything above it is the driver's own code.
 */
export class StubSocket extends EventEmitter {
  readyState = 'open';

  write(bytes) {
    const answer = bytes[0] === BIND ? ONE_ROW : bytes[0] === PARSE ? DESCRIPTION : WELCOME;
    queueMicrotask(() => this.emit('data', answer));
    return true;
  }

  end() {}
  destroy() {}
}
