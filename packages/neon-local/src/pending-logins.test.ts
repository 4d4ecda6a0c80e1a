import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { PendingLogins } from './pending-logins';

const MIB = 1024 * 1024;

/** A stand-in for a socket, whose chunks need no memory. */
function pending(logins: PendingLogins) {
  const emitter = new EventEmitter();
  let isDestroyed = false;
  const socket = Object.assign(emitter, {
    destroy: () => {
      isDestroyed = true;
      setImmediate(() => emitter.emit('close'));
    },
  });
  return {
    ended: logins.add(socket as unknown as Socket),
    send: (bytes: number) => emitter.emit('data', { length: bytes }),
    isClosed: () => isDestroyed,
    listeners: () => emitter.eventNames(),
  };
}

it('clients that have sent 128 MiB before they log in are closed, the oldest first', () => {
  const logins = new PendingLogins();
  const [oldest, older, newest] = [pending(logins), pending(logins), pending(logins)];
  oldest.send(64 * MIB);
  older.send(32 * MIB);
  newest.send(32 * MIB);
  expect(oldest.isClosed()).toBe(false);
  newest.send(1);
  expect([oldest, older, newest].map((one) => one.isClosed())).toEqual([true, false, false]);
  older.send(32 * MIB);
  expect(older.isClosed()).toBe(false);
});

it('a client that has logged in is no longer counted, and nothing listens to it', () => {
  const logins = new PendingLogins();
  const [first, second] = [pending(logins), pending(logins)];
  first.send(100 * MIB);
  first.ended();
  first.send(100 * MIB);
  second.send(128 * MIB);
  expect([first.isClosed(), second.isClosed(), first.listeners()]).toEqual([false, false, []]);
});
