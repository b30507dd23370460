import { createHash, type Hash } from 'node:crypto';
import type { FileReader } from './file-reader.ts';

const CHUNK_BYTES = 4 << 20;

/** Feeds a whole file to a hash, a few MiB at a time. */
export function updateWithFile(hash: Hash, file: FileReader): void {
  for (let offset = 0; offset < file.size; offset += CHUNK_BYTES) {
    const bytes = file.readAt(offset, Math.min(CHUNK_BYTES, file.size - offset), 'contents');
    hash.update(bytes);
    // Left to the garbage collector, the pieces of a whole file are in memory at once.
    bytes.buffer.transfer(0);
  }
}

/** Hex SHA-256 of a file. */
export function hashFile(file: FileReader): string {
  const hash = createHash('sha256');
  updateWithFile(hash, file);
  return hash.digest('hex');
}
