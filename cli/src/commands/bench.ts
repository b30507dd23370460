import type { Command } from 'commander';
import type { EngineBenchFlags } from '../bench/engine/engine-bench.ts';
import { addPaperBench } from '../bench/paper-bench.ts';
import { addScheduleBench } from '../bench/schedule-bench.ts';
import { withSettings } from '../context.ts';

const ENGINE_SETTINGS = [
  'model',
  'model-name',
  'precision',
  'threads',
  'max-batch',
  'context-tokens',
  'kv-mib',
  'home',
] as const;

/** `helium bench …`: figures with the command that repeats them. */
export function addBenchCommands(program: Command): void {
  const bench = program.command('bench').description('measure parts of Helium');
  addScheduleBench(bench);
  addPaperBench(bench);
  addEngineBench(bench);
}

function addEngineBench(bench: Command): void {
  const command = bench
    .command('engine')
    .description(
      'measure the engine: prefill, decode, a shared prefix, map-reduce; load and memory',
    )
    .requiredOption('--workloads <file>', 'token ids of the prompts, JSON')
    .option(
      '--engines <count>',
      'processes that share the work, each with its share of threads',
      '1',
    )
    .option('--reps <count>', 'times that everything is measured', '3')
    .option('--json', 'print one JSON object');
  withSettings(command, ENGINE_SETTINGS).action(async (flags: EngineBenchFlags) => {
    const { benchEngine } = await import('../bench/engine/engine-bench.ts');
    await benchEngine(flags);
  });
}
