import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configFilePath, ensureFolder, homeFolders } from './home-folders.ts';

describe('homeFolders', () => {
  it('puts everything below home where it is set', () => {
    expect(homeFolders({ home: '/h' }, { XDG_DATA_HOME: '/data' })).toEqual({
      home: '/h',
      models: '/h/models',
      graphs: '/h/graphs',
      state: '/h/state',
    });
    expect(configFilePath('/h', { XDG_CONFIG_HOME: '/config' })).toBe('/h/config.yaml');
  });

  it('follows the XDG variables, and their defaults below HOME', () => {
    const environment = { XDG_DATA_HOME: '/data', XDG_STATE_HOME: '/state', HOME: '/me' };
    expect(homeFolders({ home: '' }, environment)).toEqual({
      home: '/data/helium',
      models: '/data/helium/models',
      graphs: '/me/.cache/helium/graphs',
      state: '/state/helium',
    });
    expect(configFilePath('', environment)).toBe('/me/.config/helium/config.yaml');
  });

  it('ignores XDG variables that are not absolute, as the standard demands', () => {
    const environment = { XDG_STATE_HOME: 'state', HOME: '/me' };
    expect(homeFolders({ home: '' }, environment).state).toBe('/me/.local/state/helium');
  });
});

describe('ensureFolder', () => {
  it('makes what is missing, and names what is in the way', () => {
    const base = mkdtempSync(join(tmpdir(), 'helium-folder-'));
    const path = ensureFolder(join(base, 'a', 'b'));
    expect(statSync(path).isDirectory()).toBe(true);
    expect(ensureFolder(path)).toBe(path);
    const file = join(base, 'file');
    writeFileSync(file, '');
    const below = join(file, 'folder');
    for (const wrong of [file, below]) {
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
