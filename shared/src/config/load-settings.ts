import { HeliumError } from '../errors/helium-error.ts';
import { readConfigFile } from './config-file.ts';
import { configFilePath, type Environment } from './home-folders.ts';
import { environmentName, type ResolvedSettings, resolveSettings } from './resolve-settings.ts';

export interface SettingInputs {
  /** By setting name, as given on the command line. */
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly environment: Environment;
  /** Instead of the flag and the variable: for embedding and tests. */
  readonly home?: string;
}

/**
 * The settings in force: flags over environment over config file over defaults. Throws
 * CONFIG_INVALID with every fault.
 */
export function loadSettings({ flags, environment, home }: SettingInputs): ResolvedSettings {
  const given = home === undefined ? flags : { ...flags, home };
  const path = configFilePath(
    given.home ?? environment[environmentName('home')] ?? '',
    environment,
  );
  const file = readConfigFile(path);
  try {
    return resolveSettings({ flags: given, environment, file });
  } catch (thrown) {
    const error = HeliumError.from(thrown);
    if (Object.keys(file).length === 0) throw error;
    const { code, faults } = error;
    const details = { ...error.details, file: path };
    throw new HeliumError(code, `${error.message}; config file ${path}`, { faults, details });
  }
}
