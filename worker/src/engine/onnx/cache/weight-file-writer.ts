import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import {
  bytesOf,
  elementTypeOf,
  type StoredTensor,
  type TensorData,
} from '../graph/tensor-data.ts';

/** Tensors start on cache lines, so that kernels that read them in place are not slowed down. */
const ALIGNMENT = 64;

/** Appends tensors to a file one by one: the model is never in memory as a whole. */
export class WeightFileWriter {
  private readonly file: number;
  private length = 0;
  private checksum = 0;

  constructor(path: string) {
    this.file = openSync(path, 'wx');
  }

  add(name: string, dims: readonly number[], data: TensorData): StoredTensor {
    this.append(new Uint8Array((ALIGNMENT - (this.length % ALIGNMENT)) % ALIGNMENT));
    const bytes = bytesOf(data);
    const tensor: StoredTensor = {
      name,
      type: elementTypeOf(data),
      dims,
      offset: this.length,
      bytes: bytes.length,
    };
    this.append(bytes);
    return tensor;
  }

  /** Flushes to the device and closes. */
  finish(): { readonly bytes: number; readonly crc32: number } {
    fsyncSync(this.file);
    this.close();
    return { bytes: this.length, crc32: this.checksum };
  }

  close(): void {
    closeSync(this.file);
  }

  private append(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.file, bytes, done);
    this.checksum = crc32(bytes, this.checksum);
    this.length += bytes.length;
  }
}
