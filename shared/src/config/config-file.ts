import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HeliumError } from '../errors/helium-error.ts';

const require = createRequire(import.meta.url);

/**
 * Reads a config file: YAML (or JSON) with one mapping of settings. A file that is not there is
 * empty. Throws CONFIG_INVALID with the path and every fault's line: unreadable, malformed, a key
 * twice, not a mapping.
 */
export function readConfigFile(path: string): Readonly<Record<string, unknown>> {
  const text = readText(path);
  if (text.trim() === '') return {};
  // Its 72 modules are loaded when there is something to read: most starts have no file.
  const { LineCounter, parseDocument } = require('yaml') as typeof import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
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
