import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ModelDigest } from '@helium/shared';
import type { ModelConfig } from '../model-file.ts';
import { openModel } from '../open-model.ts';
import { findStoredModel, type StoredModel, unknownModel } from './model-store.ts';

/** What a person wants to know of a model. */
export interface ModelSummary {
  readonly path: string;
  /** Null for a model outside the store. */
  readonly stored: StoredModel | null;
  readonly config: ModelConfig;
  readonly digest: ModelDigest;
  readonly endTokenIds: readonly number[];
  readonly chatTemplate: string;
}

/**
 * Opens a stored model or a path and describes it; pulls nothing. Throws MODEL_UNAVAILABLE where there
 * is neither, and what `openModel` throws.
 */
export function showModel(name: string, store: string): ModelSummary {
  const stored = findStoredModel(store, name);
  if (stored === null && !existsSync(name)) throw unknownModel(name, store);
  const path = stored?.path ?? resolve(name);
  const model = openModel(path);
  try {
    const { config, digest, tokenizer } = model;
    const { endTokenIds, chatTemplate } = tokenizer;
    return { path, stored, config, digest, endTokenIds, chatTemplate };
  } finally {
    model.close();
  }
}
