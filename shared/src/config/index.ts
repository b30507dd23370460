export {
  environmentName,
  type ResolvedSettings,
  resolveSettings,
  type SettingOrigin,
  type SettingSources,
} from './resolve-settings.ts';
export { SETTINGS, type Setting, type SettingName, type Settings } from './settings.ts';
