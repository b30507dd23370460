import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeliumError } from '@helium/shared';
import type { Command } from 'commander';
import { say } from '../context.ts';

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
  const { measurePaper, PAPER_DEFAULTS, plotPaper, printPaper } = await import(
    '@helium/bench/paper'
  );
  const { limits } = PAPER_DEFAULTS;
  const options = {
    ...PAPER_DEFAULTS,
    seed: toNumber('seed', flags.seed, 0),
    scale: toNumber('scale', flags.scale, 0.01),
    policy: flags.policy,
    limits: {
      ...limits,
      kvCapacity: toNumber('kv', flags.kv ?? String(limits.kvCapacity), 32_768),
      maxSeqs: toNumber('seqs', flags.seqs ?? String(limits.maxSeqs), 1),
    },
  };
  const results = measurePaper(options, say);
  if (flags.plots !== undefined) {
    await mkdir(flags.plots, { recursive: true });
    for (const [name, svg] of Object.entries(plotPaper(results))) {
      await writeFile(join(flags.plots, name), svg);
    }
  }
  const text = flags.json === true ? JSON.stringify({ options, ...results }) : printPaper(results);
  process.stdout.write(`${text}\n`);
}

function toNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new HeliumError('OPTIONS_INVALID', `--${flag}: "${text}" is not a number from ${least}`);
}
