import { statSync } from 'node:fs';
import { HeliumError } from '@helium/shared';
import { openGguf } from './gguf/open-gguf.ts';
import { openHuggingFace } from './huggingface/open-huggingface.ts';
import type { ModelFile } from './model-file.ts';

/**
 * Opens a GGUF file or a Hugging Face directory. Throws MODEL_UNAVAILABLE where there is neither,
 * MODEL_UNSUPPORTED and MODEL_INVALID as those readers do.
 */
export function openModel(path: string): ModelFile {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new HeliumError('MODEL_UNAVAILABLE', `model ${path}: no such file or folder`);
  }
  return stats.isDirectory() ? openHuggingFace(path) : openGguf(path);
}
