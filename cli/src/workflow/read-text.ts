import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { HeliumError } from '@helium/shared';

const LINE_FEED = 0x0a;
const REPLACEMENT = '\ufffd';

/**
 * A file that is to be UTF-8; a byte order mark is left away. Throws FILE_INVALID where it cannot be read,
 * saying `absence` where there is none, and TEXT_INVALID with line and byte.
 */
export async function readText(path: string, absence: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const hint = code === 'ENOENT' ? absence : `cannot be read: ${sayFileError(code)}`;
    throw new HeliumError('FILE_INVALID', `${path}: ${hint}`, { cause });
  }
  return decodeText(bytes, path);
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'what should be its folder is a file',
  EACCES: 'permission is denied',
};

/** Why a file cannot be read or written, in words; with the code, which can be looked up. */
export function sayFileError(code: string | undefined): string {
  const said = FILE_ERRORS[code ?? ''];
  return said === undefined ? `${code}` : `${said} (${code})`;
}

/** A file's bytes as `readText` decodes them. Throws TEXT_INVALID with path, line and byte. */
export function decodeText(bytes: Buffer, path: string): string {
  if (!isUtf8(bytes)) throw new HeliumError('TEXT_INVALID', `${path}:${firstFault(bytes)}`);
  return new TextDecoder().decode(bytes);
}

/** Of bytes that are not UTF-8. No character has a line feed among its bytes. */
function firstFault(bytes: Buffer): string {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, start);
    const stop = end < 0 ? bytes.length : end;
    const content = bytes.subarray(start, stop);
    if (!isUtf8(content)) {
      const at = faultyByte(content);
      const shown = content[at]?.toString(16).padStart(2, '0');
      return `${line}: is not valid UTF-8: byte ${at + 1} of the line is 0x${shown}`;
    }
    start = stop + 1;
  }
  return `${line}: is not valid UTF-8`;
}

/** Where decoding first replaces something that is no written U+FFFD. */
function faultyByte(content: Buffer): number {
  let at = 0;
  for (const character of content.toString('utf8')) {
    const size = Buffer.byteLength(character);
    const isWritten = content.toString('utf8', at, at + size) === character;
    if (character === REPLACEMENT && !(isWritten && isUtf8(content.subarray(at, at + size))))
      return at;
    at += size;
  }
  return content.length - 1;
}
