import { generate } from './commands/generate.ts';

/** One program for all checks and generators: `node scripts/src/main.ts <command>`. */
const COMMANDS: Record<string, () => number | Promise<number>> = { generate };

const name = process.argv[2] ?? '';
const command = COMMANDS[name];
if (command === undefined) {
  console.error(`scripts: unknown command "${name}"; one of: ${Object.keys(COMMANDS).join(', ')}`);
  process.exit(2);
}
process.exitCode = await command();
