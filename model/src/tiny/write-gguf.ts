import { invariant } from '@helium/shared';

/** A metadata value with its GGUF type. */
export type WrittenValue =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'count'; readonly value: number }
  | { readonly kind: 'real'; readonly value: number }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'texts'; readonly value: readonly string[] }
  | { readonly kind: 'integers'; readonly value: readonly number[] }
  | { readonly kind: 'reals'; readonly value: readonly number[] };

export interface WrittenTensor {
  readonly name: string;
  /** Row-major. */
  readonly shape: readonly number[];
  /** ggml's number. */
  readonly type: number;
  readonly bytes: Uint8Array;
}

const ALIGNMENT = 32;
const UTF8 = new TextEncoder();

/** The bytes of a GGUF file of version 3. */
export function writeGguf(
  metadata: Readonly<Record<string, WrittenValue>>,
  tensors: readonly WrittenTensor[],
): Uint8Array {
  const header = new ByteWriter();
  header.uint32(0x46554747);
  header.uint32(3);
  header.uint64(tensors.length);
  header.uint64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    header.text(key);
    writeValue(header, value);
  }
  let offset = 0;
  for (const tensor of tensors) {
    header.text(tensor.name);
    header.uint32(tensor.shape.length);
    for (const size of tensor.shape.toReversed()) header.uint64(size);
    header.uint32(tensor.type);
    header.uint64(offset);
    offset += aligned(tensor.bytes.length);
  }
  const base = aligned(header.length);
  const file = new Uint8Array(base + offset);
  file.set(header.toBytes());
  let at = base;
  for (const { bytes } of tensors) {
    file.set(bytes, at);
    at += aligned(bytes.length);
  }
  return file;
}

function writeValue(writer: ByteWriter, { kind, value }: WrittenValue): void {
  const write: Record<WrittenValue['kind'], () => void> = {
    text: () => {
      writer.uint32(8);
      writer.text(value as string);
    },
    count: () => {
      writer.uint32(4);
      writer.uint32(value as number);
    },
    real: () => {
      writer.uint32(6);
      writer.float32(value as number);
    },
    flag: () => {
      writer.uint32(7);
      writer.uint8(value ? 1 : 0);
    },
    texts: () => {
      const texts = value as readonly string[];
      writer.array(8, texts.length);
      for (const text of texts) writer.text(text);
    },
    integers: () => {
      const integers = value as readonly number[];
      writer.array(5, integers.length);
      for (const integer of integers) writer.uint32(integer >>> 0);
    },
    reals: () => {
      const reals = value as readonly number[];
      writer.array(6, reals.length);
      for (const real of reals) writer.float32(real);
    },
  };
  write[kind]();
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Appends little-endian values. */
class ByteWriter {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  length = 0;

  uint8(value: number): void {
    const at = this.reserve(1);
    this.view.setUint8(at, value);
  }

  uint32(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value, true);
  }

  uint64(value: number): void {
    invariant(Number.isSafeInteger(value), `${value} is not a 64-bit count`);
    const at = this.reserve(8);
    this.view.setBigUint64(at, BigInt(value), true);
  }

  float32(value: number): void {
    const at = this.reserve(4);
    this.view.setFloat32(at, value, true);
  }

  text(value: string): void {
    const encoded = UTF8.encode(value);
    this.uint64(encoded.length);
    const at = this.reserve(encoded.length);
    this.bytes.set(encoded, at);
  }

  array(itemType: number, count: number): void {
    this.uint32(9);
    this.uint32(itemType);
    this.uint64(count);
  }

  toBytes(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(count: number): number {
    const at = this.length;
    this.length += count;
    if (this.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.bytes.length));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}
