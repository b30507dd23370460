import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where things are kept. Paths only: what writes into a folder makes it (`ensureFolder`). */
export interface HomeFolders {
  readonly home: string;
  /** Model files. */
  readonly models: string;
  /** Graphs built from models: may be removed at any time. */
  readonly graphs: string;
  /** The embedded store, logs, secrets. */
  readonly state: string;
}

/**
 * Everything below the setting `home` where it is set; else the XDG folders
 * (https://specifications.freedesktop.org/basedir-spec/): models with the data, graphs with the
 * cache.
 */
export function homeFolders(
  settings: { readonly home: string },
  environment: Environment = process.env,
): HomeFolders {
  if (settings.home !== '') {
    const home = resolve(settings.home);
    const [models, graphs, state] = ['models', 'graphs', 'state'].map((name) => join(home, name));
    return { home, models, graphs, state } as HomeFolders;
  }
  const home = xdgFolder(environment, 'XDG_DATA_HOME', '.local/share');
  return {
    home,
    models: join(home, 'models'),
    graphs: join(xdgFolder(environment, 'XDG_CACHE_HOME', '.cache'), 'graphs'),
    state: xdgFolder(environment, 'XDG_STATE_HOME', '.local/state'),
  };
}

/** The config file that is read: in `home` where that is set, else in the XDG config folder. */
export function configFilePath(home: string, environment: Environment = process.env): string {
  const folder = home === '' ? xdgFolder(environment, 'XDG_CONFIG_HOME', '.config') : resolve(home);
  return join(folder, 'config.yaml');
}

/** The standard wants relative paths ignored. */
function xdgFolder(environment: Environment, variable: string, fallback: string): string {
  const value = environment[variable] ?? '';
  const base = isAbsolute(value) ? value : join(environment.HOME || homedir(), fallback);
  return join(base, 'helium');
}
