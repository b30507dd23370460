import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureFolder } from '@helium/shared';
import { configFilePath, environmentName, homeFolders, type Settings } from '@helium/shared/config';

/** A HELIUM_HOME whose state is empty, and whose models, graphs and config file are the usual ones. */
export interface FreshHome {
  readonly path: string;
  remove(): void;
}

export function createFreshHome(settings: Settings): FreshHome {
  const usual = homeFolders(settings);
  const path = mkdtempSync(join(tmpdir(), 'helium-bench-'));
  for (const folder of ['models', 'graphs'] as const) {
    symlinkSync(ensureFolder(usual[folder]), join(path, folder));
  }
  const config = configFilePath(process.env[environmentName('home')] ?? '');
  if (existsSync(config)) symlinkSync(config, join(path, 'config.yaml'));
  // Removes the links, not what they lead to.
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
