import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { HeliumError } from '../errors/helium-error.ts';

/**
 * Reads a config file: YAML (or JSON) with one mapping of settings. A file that is not there is
 * empty. Throws CONFIG_INVALID with the path and every fault's line: unreadable, malformed, a key
 * twice, not a mapping.
 */
export function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  const lines = new LineCounter();
  const document = parseDocument(readText(path), { lineCounter: lines, prettyErrors: false });
  const faults = document.errors.map((error) => {
    const { line, col } = lines.linePos(error.pos[0]);
    return { field: `${path}:${line}:${col}`, message: error.message };
  });
  if (faults.length > 0) {
    const [first] = faults;
    const message = `${first?.field}: ${first?.message}`;
    throw new HeliumError('CONFIG_INVALID', message, { faults });
  }
  const content: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    const message = `${path}:1: the file is not a mapping of settings, \`name: value\` a line`;
    throw new HeliumError('CONFIG_INVALID', message);
  }
  return content as Readonly<Record<string, unknown>>;
}

function readText(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '';
    const message = `${path}: cannot be read: ${(cause as Error).message}`;
    throw new HeliumError('CONFIG_INVALID', message, { cause });
  }
}
