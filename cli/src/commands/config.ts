import { existsSync } from 'node:fs';
import { configFilePath, environmentName, SETTINGS, type SettingName } from '@helium/shared/config';
import type { Command } from 'commander';
import { settingsOf, withSettings } from '../context.ts';
import { table } from '../output/table.ts';

const NAMES = Object.keys(SETTINGS) as SettingName[];
const SECRET: ReadonlySet<SettingName> = new Set(['cache-secret', 'redis-url', 'token']);

/** `helium config`: every setting in force, and where it comes from. */
export function addConfigCommand(program: Command): void {
  const command = program
    .command('config')
    .description('show every setting in force and where it comes from')
    .option('--json', 'print one JSON object');
  withSettings(command, NAMES).action((flags) => {
    const { values, origins } = settingsOf(flags);
    const shown = (name: SettingName) =>
      SECRET.has(name) && values[name] !== '' ? '(set)' : values[name];
    const file = configFilePath(values.home);
    if (flags.json === true) {
      const entries = NAMES.map((name) => {
        const origin = origins[name];
        return [name, { value: shown(name), origin, ...(origin === 'file' ? { file } : {}) }];
      });
      process.stdout.write(`${JSON.stringify(Object.fromEntries(entries))}\n`);
    } else {
      const rows = NAMES.map((name) => [name, shown(name), origins[name], environmentName(name)]);
      process.stdout.write(table(['setting', 'value', 'from', 'variable'], rows));
      process.stdout.write(`\nfile: ${file}${existsSync(file) ? '' : ' (there is none)'}\n`);
      const ignored = ignoredVariables();
      if (ignored.length > 0)
        process.stdout.write(`no setting has these variables: ${ignored.join(', ')}\n`);
    }
  });
}

/** Set, and looking like settings: a misspelt one has no effect, which is else seen nowhere. */
function ignoredVariables(): readonly string[] {
  const known = new Set([...NAMES.map(environmentName), 'HELIUM_EXIT_WITH_STDIN']);
  return Object.keys(process.env).filter((name) => name.startsWith('HELIUM_') && !known.has(name));
}
