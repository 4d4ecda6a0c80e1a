import fc from 'fast-check';
import { ByteWriter } from './byte-writer';
import { protobufFields } from './protobuf-fields';

it('writes times as nanoseconds in 64 bits', () => {
  const seconds = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 33 }));
  fc.assert(
    fc.property(seconds, fc.nat(999_999_999), (second, nanos) => {
      const writer = new ByteWriter(8);
      writer.time([second, nanos]);
      const written = Buffer.from(writer.written()).readBigUInt64LE();
      expect(written).toBe(BigInt(second) * 1_000_000_000n + BigInt(nanos));
    }),
  );
});

it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 3_000_000])(
  'writes %d as the length of a field',
  (length) => {
    const writer = new ByteWriter(16);
    writer.byte(0x0a);
    const start = writer.beginLength();
    writer.reserve(length);
    writer.bytes(new Uint8Array(length));
    writer.endLength(start);
    const [field, ...others] = protobufFields(writer.written());
    expect(field?.content).toHaveLength(length);
    expect(others).toEqual([]);
  },
);

it('keeps what it has written when the buffer grows', () => {
  const writer = new ByteWriter(4);
  writer.reserve(4);
  writer.fixed32(0xdeadbeef);
  writer.reserve(10_000);
  writer.hex('00f067aa0ba902b7');
  writer.double(-0.25);
  const written = Buffer.from(writer.written());
  expect(written.readUInt32LE()).toBe(0xdeadbeef);
  expect(written.toString('hex', 4, 12)).toBe('00f067aa0ba902b7');
  expect(written.readDoubleLE(12)).toBe(-0.25);
});
