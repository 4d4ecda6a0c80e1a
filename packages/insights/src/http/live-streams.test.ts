import { type LiveReader, LiveStreams } from './live-streams';

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

it('a reader whose response fails does not take the updates from the others', () => {
  jest.useFakeTimers();
  jest.spyOn(process, 'emitWarning').mockImplementation();
  const streams = new LiveStreams(() => '{}');
  const received: string[] = [];
  const reader: LiveReader = {
    write: (text) => received.push(text),
    isBehind: () => false,
    isDue: () => false,
    end() {},
    disconnect() {},
  };
  const isBehind = () => {
    throw new TypeError('no socket');
  };
  streams.open()?.start({ ...reader, write() {}, isBehind });
  const other = streams.open();
  other?.start(reader);
  jest.advanceTimersByTime(2000);
  expect(received).toHaveLength(3);
  other?.close();
  // Both are closed, so nothing is updated any more.
  expect(jest.getTimerCount()).toBe(0);
});
