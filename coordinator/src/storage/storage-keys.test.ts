import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readStorageKeys, StorageKeys, sealingKeyOf } from './storage-keys.ts';

const secret = (fill: number) => Buffer.alloc(32, fill);
const keysOf = (...fills: number[]) => new StorageKeys('keys', fills.map(secret));
const text = Buffer.from('what only the holder of the key may read');

describe('storage keys', () => {
  it('open what they sealed, in the same place and after a new start, and nothing shows through', () => {
    const sealed = keysOf(1).seal('here', text);
    expect(keysOf(1).open('here', sealed)).toEqual(text);
    expect(sealed.includes('holder')).toBe(false);
    expect(keysOf(1).open('there', sealed)).toEqual({ why: 'damage' });
    expect(keysOf(1).seal('here', text)).not.toEqual(sealed);
    const keys = keysOf(1);
    const many = Array.from({ length: 100 }, () => keys.seal('here', text).toString('hex'));
    expect(new Set(many).size).toBe(100);
  });

  it('seal with the first and open with any, so that one can take the place of another', () => {
    const old = keysOf(1).seal('here', text);
    const both = keysOf(2, 1);
    expect(both.open('here', old)).toEqual(text);
    const next = both.seal('here', text);
    expect(sealingKeyOf(next)).toBe(both.ids[0]);
    expect(keysOf(2).open('here', next)).toEqual(text);
    expect(keysOf(2).open('here', old)).toEqual({ why: 'key', id: keysOf(1).ids[0] });
  });

  it('find every changed byte', () => {
    const keys = keysOf(1);
    const sealed = keys.seal('here', text);
    for (const at of sealed.keys()) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ 1;
      expect(keys.open('here', changed)).not.toEqual(text);
    }
    expect(keys.open('here', sealed.subarray(0, 20))).toEqual({ why: 'damage' });
    expect(sealingKeyOf(Buffer.from('{"a":1}'))).toBeUndefined();
  });

  it('are lines of a file; what is no key is refused by its line, and not told', () => {
    const folder = mkdtempSync(join(tmpdir(), 'helium-keys-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'keys');
    const read = (content: string) => {
      writeFileSync(path, content);
      return readStorageKeys(path);
    };
    expect(readStorageKeys('')).toBeUndefined();
    const [one, two] = [1, 2].map((fill) => secret(fill).toString('hex'));
    const keys = read(`# the new one\n${two}\n\n${one?.toUpperCase()}\r\n`);
    expect(keys?.ids).toEqual(keysOf(2, 1).ids);
    expect(() => read(`${one}\nsecret words\n`)).toThrow(
      `storage-key-file: ${path} line 2: is no key, 64 hex digits; it has 12 characters`,
    );
    expect(() => read('# none\n')).toThrow(`storage-key-file: ${path} has no key`);
    expect(() => readStorageKeys(join(folder, 'none'))).toThrow('none cannot be read: ENOENT');
  });
});
