import { createHash, type Hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { type FileReader, fileState } from './file-reader.ts';
import { readPieces } from './read-pieces.ts';

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

/** A file's contents, and the state it had (`fileState`) from the first byte to the last. */
export interface FileHash {
  readonly sha256: string;
  readonly state: string;
}

/**
 * The same beside other work: the event loop gets its turn between pieces. Undefined for what is no file,
 * cannot be read or changes meanwhile; whoever opens it is told why.
 */
export async function hashFileAside(path: string): Promise<FileHash | undefined> {
  try {
    await using file = await open(path, 'r');
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) return undefined;
    const hash = createHash('sha256');
    await readPieces(file, (bytes) => hash.update(bytes));
    const state = fileState(stats);
    const isSame = state === fileState(await file.stat({ bigint: true }));
    return isSame ? { sha256: hash.digest('hex'), state } : undefined;
  } catch (thrown) {
    if (thrown instanceof Error && 'syscall' in thrown) return undefined;
    throw thrown;
  }
}
