import type { FileHandle } from 'node:fs/promises';

/** Short enough that whoever else uses the thread waits some 2 ms. */
const PIECE_BYTES = 2 << 20;

/**
 * Gives `take` a file's bytes from first to last, a piece at a time, each valid until it returns. The event loop
 * gets its turn between pieces, and the next one is read meanwhile. Rejects with what the file system gives.
 */
export async function readPieces(
  file: FileHandle,
  take: (bytes: Uint8Array) => void,
): Promise<void> {
  const buffers = [new Uint8Array(PIECE_BYTES), new Uint8Array(PIECE_BYTES)] as const;
  let offset = 0;
  let reading = file.read(buffers[0], 0, PIECE_BYTES, 0);
  for (let piece = 1; ; piece++) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) return;
    offset += bytesRead;
    reading = file.read(buffers[piece % 2]!, 0, PIECE_BYTES, offset);
    take(buffer.subarray(0, bytesRead));
  }
}
