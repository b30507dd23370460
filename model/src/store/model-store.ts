import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { type Fault, HeliumError } from '@helium/shared';

const MANIFEST = 'helium-model.json';

/** A model kept in the store: a folder of models, `models` under the home folder. */
export interface StoredModel {
  /** A plain name or `organisation/name`. */
  readonly name: string;
  /** What `openModel` takes: a GGUF file or a folder. */
  readonly path: string;
  readonly bytes: number;
  /** Where it came from, for people. */
  readonly source: string;
}

/** What a pull leaves in its folder; `file` is null where the folder itself is the model. */
export interface PulledModel {
  readonly file: string | null;
  readonly bytes: number;
  readonly source: string;
}

/** The folder a model has or would have. */
function modelFolder(store: string, name: string): string {
  return join(resolve(store), name.replaceAll('/', '--'));
}

/** Where a pull of a model collects its files before they are complete. */
export function partialFolder(store: string, name: string): string {
  return join(resolve(store), `.partial-${name.replaceAll('/', '--')}`);
}

/** The complete model of this name, null where there is none. Throws MODEL_INVALID on a bad manifest. */
export function findStoredModel(store: string, name: string): StoredModel | null {
  return readStored(modelFolder(store, name));
}

/** The stored model whose `path` this is, null where it lies elsewhere. Throws as `findStoredModel`. */
export function findModelAt(store: string, path: string): StoredModel | null {
  const [folder = ''] = relative(resolve(store), resolve(path)).split(sep);
  const stored = folder === '' || folder === '..' ? null : readStored(join(resolve(store), folder));
  return stored?.path === resolve(path) ? stored : null;
}

/** All complete models by name. */
export function listModels(store: string): StoredModel[] {
  if (!existsSync(store)) return [];
  return readdirSync(store)
    .filter((entry) => !entry.startsWith('.'))
    .flatMap((entry) => readStored(join(store, entry)) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Deletes a stored model. Throws MODEL_UNAVAILABLE where there is none of that name. */
export async function removeModel(name: string, store: string): Promise<StoredModel> {
  const stored = findStoredModel(store, name);
  if (stored === null) throw unknownModel(name, store);
  await rm(modelFolder(store, name), { recursive: true });
  return stored;
}

/** Gives the collected files their final place in one step. */
export async function publishModel(
  store: string,
  name: string,
  pulled: PulledModel,
): Promise<StoredModel> {
  const partial = partialFolder(store, name);
  const manifest = { name, ...pulled };
  await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  const folder = modelFolder(store, name);
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return readStored(folder)!;
}

/** A MODEL_UNAVAILABLE that says what there is. */
export function unknownModel(name: string, store: string): HeliumError {
  const known = listModels(store).map((model) => model.name);
  return new HeliumError(
    'MODEL_UNAVAILABLE',
    `model ${JSON.stringify(name)} is neither a file, a folder, a hub id nor stored; ` +
      `stored: ${known.join(', ') || 'none'}`,
  );
}

function readStored(folder: string): StoredModel | null {
  const path = join(folder, MANIFEST);
  if (!existsSync(path)) return null;
  const { name, file, bytes, source } = readManifest(path);
  return { name, path: file === null ? folder : join(folder, file), bytes, source };
}

function readManifest(path: string): PulledModel & { readonly name: string } {
  const value = parseManifest(path);
  const checks: readonly [string, boolean][] = [
    ['name', typeof value.name === 'string'],
    ['file', value.file === null || typeof value.file === 'string'],
    ['bytes', Number.isSafeInteger(value.bytes)],
    ['source', typeof value.source === 'string'],
  ];
  const faults: Fault[] = checks
    .filter(([, isValid]) => !isValid)
    .map(([field]) => ({ field, message: 'is missing or of the wrong type' }));
  if (faults.length === 0) return value as unknown as PulledModel & { readonly name: string };
  throw new HeliumError(
    'MODEL_INVALID',
    `${path}: is malformed; remove its folder and pull again`,
    {
      faults,
    },
  );
}

function parseManifest(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (cause) {
    throw new HeliumError('MODEL_INVALID', `${path}: cannot be read; remove its folder`, { cause });
  }
}
