import { describe, expect, it } from 'vitest';
import { ProtobufWriter } from './protobuf-writer.ts';

const hex = (writer: ProtobufWriter) => Buffer.from(writer.bytes()).toString('hex');

// The first three are the examples of the protocol buffers encoding guide.
describe('ProtobufWriter', () => {
  it('writes a varint field', () => {
    expect(hex(new ProtobufWriter().integer(1, 150))).toBe('089601');
  });

  it('writes a text field', () => {
    expect(hex(new ProtobufWriter().text(2, 'testing'))).toBe('120774657374696e67');
  });

  it('writes a message inside a message', () => {
    const inner = new ProtobufWriter().integer(1, 150);
    expect(hex(new ProtobufWriter().message(3, inner))).toBe('1a03089601');
  });

  it('writes a negative integer in ten bytes', () => {
    expect(hex(new ProtobufWriter().integer(1, -1))).toBe('08ffffffffffffffffff01');
  });

  it('writes a float, little-endian, and field numbers above 15', () => {
    expect(hex(new ProtobufWriter().float(20, 1))).toBe('a5010000803f');
  });
});
