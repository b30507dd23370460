import type { Command } from 'commander';
import type { EngineBenchFlags } from '../bench/engine/engine-bench.ts';
import { addPaperBench } from '../bench/paper-bench.ts';
import type { ScheduleBenchFlags } from '../bench/schedule-bench.ts';
import type { TreeBenchFlags } from '../bench/tree-bench.ts';
import { withSettings } from '../context.ts';

const ENGINE_SETTINGS = [
  'model',
  'model-name',
  'precision',
  'prompt-lookup',
  'stacked-queries',
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
  addTreeBench(bench);
}

function addScheduleBench(bench: Command): void {
  bench
    .command('schedule')
    .description('plan scheduling problems, write the schedules and evaluate them')
    .requiredOption('--instances <dir>', 'folder of problems, *.json')
    .requiredOption('--schedules <dir>', "folder for the schedules, under their problems' names")
    .option('--policy <name>', 'scheduling policy; absent: the default, which improves')
    .option('--machine <name>', 'what to plan for: token-steps or batching', 'token-steps')
    .option('--step-seconds <A,B,C,D>', "the batching machine's step-time constants")
    .option('--budget <seconds>', 'time for improving each schedule, as work that fits in it', '1')
    .option('--seed <number>', 'for policies that choose by chance', '1')
    .option('--evaluate', 'plan nothing: evaluate the schedules that are there')
    .option('--json', 'print one JSON object')
    .action(async (flags: ScheduleBenchFlags) => {
      const { benchSchedules } = await import('../bench/schedule-bench.ts');
      benchSchedules(flags);
    });
}

function addTreeBench(bench: Command): void {
  bench
    .command('tree')
    .description('memory of the radix tree of scheduling problems')
    .requiredOption('--instances <dir>', 'folder of problems, *.json')
    .option('--json', 'print one JSON object')
    .action(async (flags: TreeBenchFlags) => {
      const { benchTrees } = await import('../bench/tree-bench.ts');
      benchTrees(flags);
    });
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
