import { HeliumError } from '@helium/shared';
import type { FileReader } from '../file-reader.ts';

const WINDOW_BYTES = 1 << 20;

/** Reads little-endian values one after another through a window on the file. */
export class ByteCursor {
  private readonly file: FileReader;
  private window = Buffer.alloc(0);
  private view = new DataView(new ArrayBuffer(0));
  private windowStart = 0;
  private position = 0;

  constructor(file: FileReader) {
    this.file = file;
  }

  get offset(): number {
    return this.position;
  }

  /** Bytes of the file after the cursor. */
  get remaining(): number {
    return this.file.size - this.position;
  }

  readUint32(what: string): number {
    return this.readScalar(4, what, (view, at) => view.getUint32(at, true));
  }

  /** A count, size or offset. Throws MODEL_INVALID above 2^53. */
  readUint64(what: string): number {
    const index = this.advance(8, what);
    // Tables have tens of thousands of these; a bigint each would take most of the time they are read in.
    const value = this.view.getUint32(index, true) + this.view.getUint32(index + 4, true) * 2 ** 32;
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    throw this.invalid(`${what} is ${this.view.getBigUint64(index, true)}`);
  }

  readString(what: string, lengthName = `length of ${what}`): string {
    const length = this.readUint64(lengthName);
    const start = this.advance(length, what);
    return this.window.toString('utf8', start, start + length);
  }

  /** Calls `read` on a view with `bytes` bytes at the given index. */
  readScalar<T>(bytes: number, what: string, read: (view: DataView, index: number) => T): T {
    const index = this.advance(bytes, what);
    return read(this.view, index);
  }

  /** A MODEL_INVALID at the cursor. */
  invalid(fault: string): HeliumError {
    return new HeliumError('MODEL_INVALID', `${this.file.path}: ${fault}, at ${this.position}`, {
      details: { offset: this.position },
    });
  }

  /** Moves over `length` bytes; returns their index in the window. */
  private advance(length: number, what: string): number {
    const start = this.position - this.windowStart;
    if (start + length <= this.window.length) {
      this.position += length;
      return start;
    }
    const wanted = Math.max(length, Math.min(WINDOW_BYTES, this.remaining));
    const { buffer } = this.file.readAt(this.position, wanted, what);
    this.window = Buffer.from(buffer);
    this.view = new DataView(buffer);
    this.windowStart = this.position;
    this.position += length;
    return 0;
  }
}
