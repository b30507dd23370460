import { settingFlags } from './setting-flags.ts';
import type { SettingName } from './settings.ts';

export interface ProgramHelp {
  /** As a person types it: `node worker/src/main.ts`. */
  readonly program: string;
  /** What it is for and how it ends: paragraphs. */
  readonly about: readonly string[];
  readonly settings: readonly SettingName[];
}

/** Whether these arguments ask for help rather than for work. */
export function isHelpWanted(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.includes('--help') || flags.includes('-h');
}

/** The text of `--help` for a program whose flags are settings. */
export function formatHelp({ program, about, settings }: ProgramHelp): string {
  const blocks = settingFlags(settings).map(
    ({ usage, description, accepts }) => `  ${usage}\n      ${description}\n      (${accepts})`,
  );
  const flags = ['Flags, each also a variable and a key of config.yaml:', ...blocks];
  const help = '  -h, --help\n      Print this and end.';
  return `${[`Usage: ${program} [flags]`, ...about, [...flags, help].join('\n')].join('\n\n')}\n`;
}
