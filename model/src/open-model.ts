import { statSync } from 'node:fs';
import { HeliumError } from '@helium/shared';
import { unreadable } from './file-reader.ts';
import { openGguf } from './gguf/open-gguf.ts';
import type { FileHash } from './hash-file.ts';
import { openHuggingFace } from './huggingface/open-huggingface.ts';
import type { ModelFile } from './model-file.ts';

/**
 * Opens a GGUF file or a Hugging Face directory. Throws MODEL_UNAVAILABLE where there is neither,
 * MODEL_UNSUPPORTED and MODEL_INVALID as those readers do. `known`: what the file's hash was found to be; it is
 * asked for when the digest is, and taken if the file is still in the state it was then.
 */
export function openModel(path: string, known?: () => FileHash | undefined): ModelFile {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      throw new HeliumError('MODEL_UNAVAILABLE', `model ${path}: no such file or folder`);
    }
    return stats.isDirectory() ? openHuggingFace(path) : openGguf(path, known);
  } catch (thrown) {
    // Of the file system: no permission, a folder where a file should be, a disk that fails.
    if (thrown instanceof Error && 'syscall' in thrown) throw unreadable(path, thrown);
    throw thrown;
  }
}
