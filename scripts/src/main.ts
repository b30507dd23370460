import { check } from './commands/check.ts';
import { checkLayers } from './commands/check-layers.ts';
import { docsReference } from './commands/docs-reference.ts';
import { generate } from './commands/generate.ts';
import { test } from './commands/test.ts';
import { tidy } from './commands/tidy.ts';

/** One program for all checks and generators: `node scripts/src/main.ts <command> [arguments]`. */
const COMMANDS: Record<string, (args: readonly string[]) => number | Promise<number>> = {
  test,
  generate,
  check,
  'check-layers': checkLayers,
  tidy,
  'docs-reference': docsReference,
};

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`scripts: unknown command "${name}"; one of: ${Object.keys(COMMANDS).join(', ')}`);
  process.exit(2);
}
process.exitCode = await command(args);
