import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Fault, HeliumError } from '@helium/shared';

const MANIFEST = 'helium-model.json';

/** A model kept under the home folder. */
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

/** The folder of all models. */
export function modelsFolder(home: string): string {
  return join(resolve(home), 'models');
}

/** The folder a model has or would have. */
export function modelFolder(home: string, name: string): string {
  return join(modelsFolder(home), name.replaceAll('/', '--'));
}

/** Where a pull of a model collects its files before they are complete. */
export function partialFolder(home: string, name: string): string {
  return join(modelsFolder(home), `.partial-${name.replaceAll('/', '--')}`);
}

/** The complete model of this name, null where there is none. Throws MODEL_INVALID on a bad manifest. */
export function findStoredModel(home: string, name: string): StoredModel | null {
  return readStored(modelFolder(home, name));
}

/** All complete models by name. */
export function listModels(home: string): StoredModel[] {
  const folder = modelsFolder(home);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((entry) => !entry.startsWith('.'))
    .flatMap((entry) => readStored(join(folder, entry)) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Deletes a stored model. Throws MODEL_UNAVAILABLE where there is none of that name. */
export async function removeModel(name: string, home: string): Promise<StoredModel> {
  const stored = findStoredModel(home, name);
  if (stored === null) throw unknownModel(name, home);
  await rm(modelFolder(home, name), { recursive: true });
  return stored;
}

/** Gives the collected files their final place in one step. */
export async function publishModel(
  home: string,
  name: string,
  pulled: PulledModel,
): Promise<StoredModel> {
  const partial = partialFolder(home, name);
  const manifest = { name, ...pulled };
  await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
  const folder = modelFolder(home, name);
  await mkdir(modelsFolder(home), { recursive: true });
  await rm(folder, { recursive: true, force: true });
  await rename(partial, folder);
  return readStored(folder)!;
}

/** A MODEL_UNAVAILABLE that says what there is. */
export function unknownModel(name: string, home: string): HeliumError {
  const known = listModels(home).map((model) => model.name);
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
