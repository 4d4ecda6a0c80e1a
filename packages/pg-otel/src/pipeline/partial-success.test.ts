import { onPartialSuccess } from './partial-success';

function callsAfter(response: unknown): number {
  const serializer = { serializeRequest: () => new Uint8Array(), deserializeResponse: () => response };
  const exporter = { _delegate: { _serializer: serializer } };
  let calls = 0;
  onPartialSuccess(exporter, () => {
    calls += 1;
  });
  expect(exporter._delegate._serializer.deserializeResponse()).toBe(response);
  return calls;
}

it.each([
  [{ partialSuccess: { rejectedSpans: 2, errorMessage: 'quota' } }],
  [{ partialSuccess: { rejectedDataPoints: '7' } }],
  [{ partialSuccess: { rejectedLogRecords: 1n } }],
])('calls back when a part was rejected: %p', (response) => {
  expect(callsAfter(response)).toBe(1);
});

it.each([
  [{}],
  [{ partialSuccess: null }],
  [{ partialSuccess: { rejectedSpans: 0, errorMessage: 'deprecated' } }],
  [undefined],
  ['text'],
])('does not call back after %p', (response) => {
  expect(callsAfter(response)).toBe(0);
});

it('leaves an exporter as it is whose serializer is not where it used to be', () => {
  const exporter = { _delegate: {} };
  expect(onPartialSuccess(exporter, () => {})).toBe(exporter);
  expect(exporter).toEqual({ _delegate: {} });
});
