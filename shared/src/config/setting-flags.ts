import { parseArgs } from 'node:util';
import { type Fault, HeliumError } from '../errors/helium-error.ts';
import { environmentName } from './resolve-settings.ts';
import { SETTINGS, type Setting, type SettingName } from './settings.ts';

/** A setting as a command-line flag. */
export interface SettingFlag {
  readonly name: SettingName;
  /** `--max-batch <count>`. */
  readonly usage: string;
  readonly description: string;
  /** For people: what is accepted, the default, the variable. */
  readonly accepts: string;
}

const ALL = Object.keys(SETTINGS) as SettingName[];

/** What a program needs to take these settings as flags and to print its help. */
export function settingFlags(names: readonly SettingName[] = ALL): readonly SettingFlag[] {
  return names.map((name) => {
    const setting: Setting = SETTINGS[name];
    return {
      name,
      usage: `--${name} <${setting.type}>`,
      description: setting.description,
      accepts: `${accepted(setting)}; ${environmentName(name)}`,
    };
  });
}

/**
 * Reads `--name value` and `--name=value` for these settings; `rest` are the other words. What
 * follows `--` is words. Throws CONFIG_INVALID with every fault: unknown flags, flags without a
 * value.
 */
export function parseSettingFlags(
  argv: readonly string[],
  names: readonly SettingName[] = ALL,
): { readonly flags: Readonly<Record<string, string>>; readonly rest: readonly string[] } {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const flags: Record<string, string> = {};
  const rest: string[] = [];
  const faults: Fault[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') rest.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    if (!Object.hasOwn(options, name)) {
      faults.push({ field: rawName, message: `unknown flag; known: --${names.join(', --')}` });
    } else if (value === undefined || (!inlineValue && value.startsWith('--'))) {
      faults.push({ field: rawName, message: `needs a value: ${rawName} VALUE` });
    } else {
      flags[name] = value;
    }
  }
  if (faults.length > 0) {
    const [first] = faults;
    const message = `${first?.field}: ${first?.message}`;
    throw new HeliumError('CONFIG_INVALID', message, { faults });
  }
  return { flags, rest };
}

function accepted(setting: Setting): string {
  switch (setting.type) {
    case 'text':
      return setting.default === '' ? 'text' : `text, default ${setting.default}`;
    case 'count':
      return `${setting.min} to ${setting.max}, default ${setting.default}`;
    case 'choice':
      return `${setting.choices.join(' | ')}, default ${setting.default}`;
  }
}
