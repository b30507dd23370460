import { environmentName, SETTINGS, type SettingName } from '@helium/shared/config';
import type { Command } from 'commander';
import { settingsOf, withSettings } from '../context.ts';
import { table } from '../output/table.ts';

const NAMES = Object.keys(SETTINGS) as SettingName[];
const SECRET: ReadonlySet<SettingName> = new Set(['cache-secret', 'redis-url']);

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
    if (flags.json === true) {
      const entries = NAMES.map((name) => [name, { value: shown(name), origin: origins[name] }]);
      process.stdout.write(`${JSON.stringify(Object.fromEntries(entries))}\n`);
    } else {
      const rows = NAMES.map((name) => [name, shown(name), origins[name], environmentName(name)]);
      process.stdout.write(table(['setting', 'value', 'from', 'variable'], rows));
    }
  });
}
