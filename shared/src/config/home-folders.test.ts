import { describe, expect, it } from 'vitest';
import { configFilePath, homeFolders } from './home-folders.ts';

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
