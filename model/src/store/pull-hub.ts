import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ensureFolder, HeliumError, isJsonObject } from '@helium/shared';
import { FileReader } from '../file-reader.ts';
import { hashFile } from '../hash-file.ts';
import { readDecoderConfig } from '../huggingface/decoder-config.ts';
import { parseJson } from '../huggingface/json-file.ts';
import { chooseHubFiles, parseHubId } from './choose-hub-files.ts';
import type { HubClient, HubFile } from './hub-client.ts';
import { type PulledModel, partialFolder } from './model-store.ts';
import type { OnProgress } from './progress.ts';

/**
 * Downloads a model from the hub into its partial folder. What a broken-off pull left is kept and
 * continued. The configuration comes first, so that an unsupported model is refused before its weights
 * travel. Throws MODEL_UNAVAILABLE where the hub cannot be reached or has no such model, MODEL_INVALID
 * where a file is not what the hub says it is.
 */
export async function pullHub(
  name: string,
  store: string,
  client: HubClient,
  onProgress: OnProgress,
): Promise<PulledModel> {
  const { repository, file } = parseHubId(name);
  const folder = partialFolder(store, name);
  const listed = await explain(name, () => client.listFiles(repository));
  const files = chooseHubFiles(name, listed, file);
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  for (const entry of files) {
    const report = (more: number) => {
      bytes += more;
      onProgress({ model: name, stage: 'download', bytes, totalBytes });
    };
    await pullFile(name, repository, folder, entry, client, report);
    if (entry.path === 'config.json') await checkConfig(folder);
  }
  const only = files.length === 1 ? files[0]!.path : null;
  return { file: only, bytes: totalBytes, source: `hub ${repository}` };
}

async function pullFile(
  name: string,
  repository: string,
  folder: string,
  entry: HubFile,
  client: HubClient,
  report: (bytes: number) => void,
): Promise<void> {
  const path = join(folder, entry.path);
  if ((await sizeOf(path)) === entry.size) {
    report(entry.size);
    return;
  }
  const part = `${path}.part`;
  ensureFolder(dirname(path));
  const start = await resumeAt(part, entry.size);
  report(start);
  if (start < entry.size) {
    await explain(name, async () => {
      const stream = await client.readFrom(repository, entry.path, start);
      const counted = Readable.from(countChunks(stream, report));
      await pipeline(counted, createWriteStream(part, { flags: 'a' }));
    });
  }
  await verify(part, entry);
  await rename(part, path);
}

async function* countChunks(stream: ReadableStream<Uint8Array>, report: (bytes: number) => void) {
  for await (const chunk of stream) {
    report(chunk.length);
    yield chunk;
  }
}

/** Bytes already there; a part that is larger than the file is thrown away. */
async function resumeAt(part: string, size: number): Promise<number> {
  const found = (await sizeOf(part)) ?? 0;
  if (found <= size) return found;
  await rm(part);
  return 0;
}

/** A file that is wrong is removed, so that the next pull starts it anew. */
async function verify(part: string, entry: HubFile): Promise<void> {
  const file = new FileReader(part);
  const { size } = file;
  const hash = entry.sha256 === null ? null : hashFile(file);
  file.close();
  if (size === entry.size && hash === entry.sha256) return;
  await rm(part);
  const found = size === entry.size ? `SHA-256 ${hash}` : `${size} bytes`;
  const expected = size === entry.size ? entry.sha256 : `${entry.size}`;
  throw new HeliumError('MODEL_INVALID', `${entry.path}: has ${found}, the hub says ${expected}`);
}

async function checkConfig(folder: string): Promise<void> {
  const path = join(folder, 'config.json');
  const value = parseJson(path, await readFile(path, 'utf8'));
  readDecoderConfig(folder, isJsonObject(value) ? value : {});
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

async function explain<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = rootReason(cause);
    throw new HeliumError(
      'MODEL_UNAVAILABLE',
      `model ${name} cannot be pulled from the hub: ${reason}; pulling again continues`,
      { cause },
    );
  }
}

/** A failed fetch hides its reason in its cause. */
function rootReason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? rootReason(thrown.cause) : thrown.message;
}
