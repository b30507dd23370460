export { readConfigFile } from './config-file.ts';
export {
  configFilePath,
  type Environment,
  type HomeFolders,
  homeFolders,
} from './home-folders.ts';
export { loadSettings, type SettingInputs } from './load-settings.ts';
export { COORDINATOR_SETTINGS, DIAL_SETTINGS, WORKER_SETTINGS } from './program-settings.ts';
export {
  environmentName,
  type ResolvedSettings,
  resolveSettings,
  type SettingOrigin,
  type SettingSources,
} from './resolve-settings.ts';
export { parseSettingFlags, type SettingFlag, settingFlags } from './setting-flags.ts';
export { SETTINGS, type Setting, type SettingName, type Settings } from './settings.ts';
export { formatHelp, isHelpWanted, type ProgramHelp } from './settings-help.ts';
