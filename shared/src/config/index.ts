export { type Address, formatAddress, parseAddress } from './address.ts';
export {
  environmentName,
  type ResolvedSettings,
  resolveSettings,
  type SettingOrigin,
  type SettingSources,
} from './resolve-settings.ts';
export { SETTINGS, type Setting, type SettingName, type Settings } from './settings.ts';
