import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HeliumError, isJsonObject, type JsonObject } from '@helium/shared';

/** The largest JSON or template file read, bytes. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** A JSON object in the folder. Throws MODEL_INVALID where it is missing, too large or malformed. */
export function readJsonFile(folder: string, name: string): JsonObject {
  const found = findJsonFile(folder, name);
  if (found !== null) return found;
  throw new HeliumError('MODEL_INVALID', `${folder}: ${name} is missing`);
}

/** As `readJsonFile`, null where the file is missing. */
export function findJsonFile(folder: string, name: string): JsonObject | null {
  const text = findTextFile(folder, name);
  if (text === null) return null;
  const value = parseJson(join(folder, name), text);
  if (isJsonObject(value)) return value;
  throw new HeliumError('MODEL_INVALID', `${join(folder, name)}: is not a JSON object`);
}

/** A text file in the folder, null where it is missing. Throws MODEL_INVALID where it is too large. */
export function findTextFile(folder: string, name: string): string | null {
  const path = join(folder, name);
  if (!existsSync(path)) return null;
  const { size } = statSync(path);
  if (size > FILE_BYTES_MAX) {
    throw new HeliumError('MODEL_INVALID', `${path}: has ${size} bytes, limit ${FILE_BYTES_MAX}`);
  }
  return readFileSync(path, 'utf8');
}

/** Throws MODEL_INVALID naming `where` on malformed JSON. */
export function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HeliumError('MODEL_INVALID', `${where}: malformed JSON: ${reason}`, { cause });
  }
}
