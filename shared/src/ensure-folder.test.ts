import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ensureFolder } from './ensure-folder.ts';

describe('ensureFolder', () => {
  it('gives what it makes the permissions asked for, and leaves what is there as it is', () => {
    const base = mkdtempSync(join(tmpdir(), 'helium-folder-'));
    chmodSync(base, 0o755);
    ensureFolder(join(base, 'a', 'b'), 0o700);
    const modes = ['', 'a', 'a/b'].map((name) => statSync(join(base, name)).mode & 0o777);
    expect(modes).toEqual([0o755, 0o700, 0o700]);
    rmSync(base, { recursive: true });
  });

  it('makes what is missing, and names what is in the way', () => {
    const base = mkdtempSync(join(tmpdir(), 'helium-folder-'));
    const path = ensureFolder(join(base, 'a', 'b'));
    expect(statSync(path).isDirectory()).toBe(true);
    expect(ensureFolder(path)).toBe(path);
    const file = join(base, 'file');
    writeFileSync(file, '');
    const below = join(file, 'folder');
    // Node's recursive mkdir never comes back from the last one.
    for (const wrong of [file, below, '/proc/helium', '/proc/helium/below']) {
      expect(() => ensureFolder(wrong)).toThrow(
        expect.objectContaining({
          code: 'STORE_UNAVAILABLE',
          message: expect.stringContaining(wrong),
        }),
      );
    }
    rmSync(base, { recursive: true });
  });
});
