import type { Command } from 'commander';
import { addScheduleBench } from '../bench/schedule-bench.ts';

/** `helium bench …`: figures with the command that repeats them. */
export function addBenchCommands(program: Command): void {
  const bench = program.command('bench').description('measure parts of Helium');
  addScheduleBench(bench);
}
