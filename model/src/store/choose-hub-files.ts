import { HeliumError } from '@helium/shared';
import type { HubFile } from './hub-client.ts';

const HUB_ID = /^([A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*)(?:\/([A-Za-z0-9][\w.-]*\.gguf))?$/;

/** Small files first: the configuration decides whether the rest is wanted. */
const SIDE_FILES = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
];

/** `organisation/name`, or `organisation/name/file.gguf`. */
export function isHubId(name: string): boolean {
  return HUB_ID.test(name);
}

/** Throws MODEL_UNAVAILABLE on anything that is not a hub id. */
export function parseHubId(name: string): { readonly repository: string; readonly file?: string } {
  const [, repository, file] = HUB_ID.exec(name) ?? [];
  if (repository === undefined) {
    throw new HeliumError('MODEL_UNAVAILABLE', `${JSON.stringify(name)} is not a hub id`);
  }
  return file === undefined ? { repository } : { repository, file };
}

/**
 * The files that make the model: one named GGUF file, else safetensors with their side files, else the
 * only GGUF file. Throws MODEL_UNAVAILABLE, listing what there is, where the choice is not clear.
 */
export function chooseHubFiles(
  name: string,
  files: readonly HubFile[],
  named: string | undefined,
): HubFile[] {
  const ggufFiles = files.filter(({ path }) => /^[^/]+\.gguf$/.test(path));
  if (named !== undefined) {
    const found = ggufFiles.find(({ path }) => path === named);
    if (found !== undefined) return [found];
    throw unclear(name, `has no file ${named}`, ggufFiles);
  }
  const weights = files.filter(({ path }) => /^[^/]+\.safetensors$/.test(path));
  if (weights.length > 0) {
    const index = files.filter(({ path }) => path === 'model.safetensors.index.json');
    const side = SIDE_FILES.flatMap((wanted) => files.filter(({ path }) => path === wanted));
    const own = weights.filter(({ path }) => path.startsWith('model'));
    return [...side, ...index, ...own];
  }
  if (ggufFiles.length === 1) return ggufFiles;
  throw unclear(name, 'has no safetensors and not exactly one GGUF file', ggufFiles);
}

function unclear(name: string, fault: string, ggufFiles: readonly HubFile[]): HeliumError {
  const choice = ggufFiles.map(({ path }) => path).join(', ') || 'none';
  return new HeliumError('MODEL_UNAVAILABLE', `hub model ${name} ${fault}; GGUF files: ${choice}`);
}
