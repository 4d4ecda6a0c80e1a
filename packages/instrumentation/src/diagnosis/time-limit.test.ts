import type { Timers } from '../platform';
import { TimeLimit } from './time-limit';

/** Functions that wait for the event loop: timers, and what runs after sockets were read. */
let waiting: (() => void)[];
let reading: (() => void)[];
let expired: number;
let limit: TimeLimit;

const timers: Timers = {
  later(run) {
    waiting.push(run);
    return () => {
      waiting = waiting.filter((each) => each !== run);
    };
  },
  afterReading: (run) => void reading.push(run),
};

beforeEach(() => {
  waiting = [];
  reading = [];
  expired = 0;
  limit = new TimeLimit(timers, 2000, () => {
    expired += 1;
  });
});

/** Runs the timers that are due, as often as the event loop does. */
function loop(times: number): void {
  for (let time = 0; time < times; time += 1) for (const run of waiting.splice(0)) run();
}
const read = (): void => {
  for (const run of reading.splice(0)) run();
};

it('expires after the time in which the event loop ran, and the sockets were read', () => {
  loop(19);
  read();
  expect(expired).toBe(0);
  loop(1);
  expect(expired).toBe(0);
  read();
  expect(expired).toBe(1);
  expect(waiting).toEqual([]);
});

it('does not expire while the event loop is blocked, however long that takes', () => {
  // Whether a timer is late or in time, it counts the same.
  loop(1);
  read();
  expect(expired).toBe(0);
});

it('does not expire once the answer is there, also if its last timer has run', () => {
  loop(20);
  limit.cancel();
  read();
  expect(expired).toBe(0);
});

it('counts from the beginning when it is restarted', () => {
  loop(19);
  limit.restart();
  loop(19);
  read();
  expect(expired).toBe(0);
  loop(1);
  read();
  expect(expired).toBe(1);
});
