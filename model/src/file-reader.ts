import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { HeliumError } from '@helium/shared';

/** A model file open for reads at an offset. Nothing is kept in memory. */
export class FileReader {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  private readonly descriptor: number;
  private isOpen = true;

  /** Throws MODEL_UNAVAILABLE where the file cannot be opened. */
  constructor(path: string) {
    this.path = path;
    this.descriptor = openFile(path);
    this.size = fstatSync(this.descriptor).size;
  }

  /** As it is now: see `fileState`. */
  get state(): string {
    return fileState(fstatSync(this.descriptor, { bigint: true }));
  }

  /**
   * Throws MODEL_INVALID where the file ends too early, MODEL_UNAVAILABLE where it cannot be read; `what` names
   * what was to be read.
   */
  readAt(offset: number, length: number, what: string): Uint8Array<ArrayBuffer> {
    if (offset + length > this.size) {
      throw new HeliumError(
        'MODEL_INVALID',
        `${this.path}: ${what} needs ${length} bytes at offset ${offset}, ` +
          `the file ends at ${this.size}`,
        { details: { offset, expected: length, found: Math.max(0, this.size - offset) } },
      );
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const count = this.read(bytes, done, offset + done);
      if (count === 0) {
        throw new HeliumError('MODEL_INVALID', `${this.path}: shrank while ${what} was read`);
      }
      done += count;
    }
    return bytes;
  }

  private read(bytes: Uint8Array, done: number, offset: number): number {
    try {
      return readSync(this.descriptor, bytes, done, bytes.length - done, offset);
    } catch (cause) {
      throw unreadable(this.path, cause);
    }
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    closeSync(this.descriptor);
  }
}

/** Equal for one file with one content, short of someone who sets clocks back. */
export function fileState({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** What the file system gave, as an error that names the file. */
export function unreadable(path: string, cause: unknown): HeliumError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `model file ${path} cannot be read: ${reason}`;
  return new HeliumError('MODEL_UNAVAILABLE', message, { cause });
}
