/**
 * Writes one protobuf message: fields are appended in call order and joined once by `bytes()`.
 * Only what ONNX needs: varints, 32-bit floats, length-delimited fields.
 * Source: the encoding chapter of the Protocol Buffers documentation.
 */
export class ProtobufWriter {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  integer(field: number, value: number | bigint): this {
    return this.varint((field << 3) | VARINT).varint(value);
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.varint((field << 3) | FIXED32).append(bytes);
  }

  blob(field: number, bytes: Uint8Array): this {
    return this.varint((field << 3) | LENGTH_DELIMITED)
      .varint(bytes.length)
      .append(bytes);
  }

  text(field: number, value: string): this {
    return this.blob(field, new TextEncoder().encode(value));
  }

  message(field: number, message: ProtobufWriter): this {
    this.varint((field << 3) | LENGTH_DELIMITED).varint(message.length);
    for (const chunk of message.chunks) this.append(chunk);
    return this;
  }

  bytes(): Uint8Array {
    const joined = new Uint8Array(this.length);
    let offset = 0;
    for (const chunk of this.chunks) {
      joined.set(chunk, offset);
      offset += chunk.length;
    }
    return joined;
  }

  /** Negative values take ten bytes, as int64 fields want them. */
  private varint(value: number | bigint): this {
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    return this.append(Uint8Array.from(bytes));
  }

  private append(bytes: Uint8Array): this {
    this.chunks.push(bytes);
    this.length += bytes.length;
    return this;
  }
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
