import { EXAMPLES } from '@helium/examples';
import type { Command } from 'commander';
import { table } from '../output/table.ts';

/** `helium examples`: what can be run by name. */
export function addExamplesCommand(program: Command): void {
  program
    .command('examples')
    .description('list the workflows that can be run by name')
    .option('--json', 'print one JSON object')
    .action((flags) => {
      const rows = Object.entries(EXAMPLES).map(([name, { description }]) => [name, description]);
      if (flags.json === true)
        process.stdout.write(`${JSON.stringify(Object.fromEntries(rows))}\n`);
      else process.stdout.write(table(['example', 'what it is'], rows));
    });
}
