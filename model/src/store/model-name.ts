import { basename, resolve } from 'node:path';
import { findModelAt } from './model-store.ts';

const EXTENSION = /\.gguf$/i;

/**
 * The name a model goes by when nobody gives it one: its name in the store, else that of its file
 * (less `.gguf`) or folder. Of the path alone, so that what a file says of itself changes nothing.
 * `path` is as `resolveModel` gives it. Throws MODEL_INVALID for a stored model with a bad manifest.
 */
export function modelNameOf(path: string, store: string): string {
  return findModelAt(store, path)?.name ?? basename(resolve(path)).replace(EXTENSION, '');
}
