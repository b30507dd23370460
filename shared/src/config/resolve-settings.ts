import type { Fault } from '../errors/helium-error.ts';
import { HeliumError } from '../errors/helium-error.ts';
import { isWholeNumber, parseWholeNumber } from '../whole-number.ts';
import { SETTINGS, type Setting, type SettingName, type Settings } from './settings.ts';

export type SettingOrigin = 'flag' | 'environment' | 'file' | 'default';

/** Raw values by setting name, before they are checked. */
export interface SettingSources {
  readonly flags: Readonly<Record<string, string | undefined>>;
  /** Variables, `HELIUM_…`; others are ignored. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file: Readonly<Record<string, unknown>>;
}

export interface ResolvedSettings {
  readonly values: Settings;
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>;
}

export function environmentName(name: SettingName): string {
  return `HELIUM_${name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * Takes each setting from the first source that has it: flag, environment, file, default. Throws
 * CONFIG_INVALID with every fault: unknown keys and values that are not accepted.
 */
export function resolveSettings(sources: SettingSources): ResolvedSettings {
  const faults: Fault[] = [];
  const values: Record<string, string | number> = {};
  const origins: Record<string, SettingOrigin> = {};
  for (const key of Object.keys(sources.file)) {
    if (!Object.hasOwn(SETTINGS, key)) {
      faults.push({
        field: key,
        message: `unknown setting; known: ${Object.keys(SETTINGS).join(', ')}`,
      });
    }
  }
  for (const [name, setting] of Object.entries(SETTINGS) as [SettingName, Setting][]) {
    const candidates: readonly [SettingOrigin, unknown][] = [
      ['flag', sources.flags[name]],
      ['environment', sources.environment[environmentName(name)]],
      ['file', sources.file[name]],
    ];
    const [origin, raw] = candidates.find(([, value]) => value !== undefined) ?? [
      'default',
      undefined,
    ];
    origins[name] = origin;
    values[name] = raw === undefined ? setting.default : parse(name, setting, raw, origin, faults);
  }
  if (faults.length > 0) {
    const first = `${faults[0]?.field}: ${faults[0]?.message}`;
    const count = faults.length;
    const message = count === 1 ? first : `${count} settings have faults, the first is ${first}`;
    throw new HeliumError('CONFIG_INVALID', message, { faults });
  }
  return { values: values as Settings, origins: origins as ResolvedSettings['origins'] };
}

function parse(
  name: SettingName,
  setting: Setting,
  raw: unknown,
  origin: SettingOrigin,
  faults: Fault[],
): string | number {
  const shown = JSON.stringify(raw);
  const refuse = (accepted: string) => {
    faults.push({ field: name, message: `${shown} (from ${origin}) is not ${accepted}` });
    return setting.default;
  };
  switch (setting.type) {
    case 'text':
      return typeof raw === 'string' ? raw : refuse('a text');
    case 'count': {
      const value = typeof raw === 'string' ? parseWholeNumber(raw) : raw;
      const { min, max } = setting;
      return isWholeNumber(value, min, max)
        ? value
        : refuse(`a whole number from ${min} to ${max}`);
    }
    case 'choice':
      return typeof raw === 'string' && setting.choices.includes(raw)
        ? raw
        : refuse(`one of ${setting.choices.join(', ')}`);
  }
}
