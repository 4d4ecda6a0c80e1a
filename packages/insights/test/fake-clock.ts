/**
 * Replaces the clocks, and the timer of the collections. Only `jest.advanceTimersByTime` moves them. The timers of drivers and
 * of the test stay real.
 */
export function fakeClock(): void {
  jest.useFakeTimers({
    doNotFake: [
      'nextTick',
      'setImmediate',
      'clearImmediate',
      'setTimeout',
      'clearTimeout',
      'hrtime',
      'queueMicrotask',
    ],
  });
}
