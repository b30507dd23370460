import { join } from 'node:path';
import { HeliumError, parseWholeNumber } from '@helium/shared';
import type { Command } from 'commander';
import { say } from '../context.ts';

/** Tokens and calls that planners hold in 32 bits. */
const MOST = 2 ** 31 - 1;

interface Flags {
  readonly seed: string;
  readonly scale: string;
  readonly policy: string;
  readonly kv?: string;
  readonly seqs?: string;
  readonly plots?: string;
  readonly json?: boolean;
}

/**
 * `helium bench paper`: the paper's tables on simulated engines, each figure beside the paper's. The same
 * for the same flags, but for the seconds of planning.
 */
export function addPaperBench(bench: Command): void {
  bench
    .command('paper')
    .description("the paper's tables on simulated engines, beside its own figures")
    .option('--seed <number>', 'of the batches', '1')
    .option('--scale <number>', "rows over the paper's", '1')
    .option('--policy <name>', 'scheduling policy; empty for the default', '')
    .option('--kv <tokens>', 'KV tokens of a worker')
    .option('--seqs <number>', 'calls that step together at most')
    .option('--plots <dir>', 'folder for SVG plots')
    .option('--json', 'print one JSON object')
    .action(benchPaper);
}

async function benchPaper(flags: Flags): Promise<void> {
  const { requirePolicy } = await import('@helium/coordinator/scheduler');
  const { makeFolder, writeTextFile } = await import('./instance-files.ts');
  const { measurePaper, PAPER_DEFAULTS, PUBLISHED, plotPaper, printPaper } = await import(
    '@helium/bench/paper'
  );
  const { limits } = PAPER_DEFAULTS;
  const options = {
    ...PAPER_DEFAULTS,
    seed: toWhole('seed', flags.seed, 0, Number.MAX_SAFE_INTEGER),
    scale: toNumber('scale', flags.scale, 0.01, 100),
    policy: flags.policy === '' ? '' : requirePolicy(flags.policy).name,
    limits: {
      ...limits,
      kvCapacity: toWhole('kv', flags.kv ?? String(limits.kvCapacity), 32_768, MOST),
      maxSeqs: toWhole('seqs', flags.seqs ?? String(limits.maxSeqs), 1, MOST),
    },
  };
  if (flags.plots !== undefined) makeFolder(flags.plots);
  const results = measurePaper(options, say);
  if (flags.plots !== undefined) {
    for (const [name, svg] of Object.entries(plotPaper(results))) {
      writeTextFile(join(flags.plots, name), svg);
    }
  }
  const text =
    flags.json === true
      ? JSON.stringify({ options, published: PUBLISHED, ...results })
      : printPaper(results);
  process.stdout.write(`${text}\n`);
}

function toWhole(flag: string, text: string, least: number, most: number): number {
  const value = parseWholeNumber(text, least, most);
  if (value !== undefined) return value;
  throw outOfRange(flag, text, `whole number from ${least} to ${most}`);
}

function toNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (value >= least && value <= most) return value;
  throw outOfRange(flag, text, `number from ${least} to ${most}`);
}

function outOfRange(flag: string, text: string, wanted: string): HeliumError {
  return new HeliumError('OPTIONS_INVALID', `--${flag}: "${text}" is not a ${wanted}`);
}
