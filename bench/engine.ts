import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openModel } from '@helium/model';
import { GREEDY } from '@helium/shared';
import { createOnnxExecutor } from '@helium/worker/onnx';

/**
 * Measures the onnx engine step by step: prefill of one prompt, and decode for several batch sizes.
 * usage: engine.ts --model MODEL --workloads FILE --graphs FOLDER [--threads 1,2] [--repeats 3]
 * FILE is JSON: `prefill`, token ids of one prompt; `decode`, a list of prompts.
 */
const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    workloads: { type: 'string' },
    graphs: { type: 'string' },
    threads: { type: 'string', default: '1,2' },
    repeats: { type: 'string', default: '3' },
  },
});
if (!options.model || !options.workloads || !options.graphs) {
  console.error('usage: engine.ts --model MODEL --workloads FILE --graphs FOLDER [--threads 1,2]');
  process.exit(2);
}

type Executor = Awaited<ReturnType<typeof createOnnxExecutor>>;

const DECODE_STEPS = 63;
const BATCHES = [1, 4, 16, 32];
const workloads = JSON.parse(readFileSync(options.workloads, 'utf8')) as {
  readonly prefill: readonly number[];
  readonly decode: readonly (readonly number[])[];
};

for (const threads of options.threads.split(',').map(Number)) {
  const model = openModel(options.model);
  const started = performance.now();
  const executor = await createOnnxExecutor(model, {
    threads,
    precision: 'fast',
    maxBatch: Math.max(...BATCHES),
    kvMib: 1024,
    contextTokens: 0,
    graphFolder: options.graphs,
  });
  model.close();
  console.log(`threads ${threads}: open in ${(performance.now() - started).toFixed(0)} ms`);
  await measurePrefill(executor);
  for (const batch of BATCHES) await measureDecode(executor, batch);
  await executor.close();
  const { maxRSS } = process.resourceUsage();
  console.log(`  peak memory ${(maxRSS / 1024).toFixed(0)} MiB`);
}

async function measurePrefill(executor: Executor): Promise<void> {
  const { prefill } = workloads;
  await repeat('prefill', prefill.length, async () => {
    const time = await timed(() => prefillPrompt(executor, 0, prefill));
    await step(executor, { releaseSequences: [0] });
    return time;
  });
}

async function measureDecode(executor: Executor, batch: number): Promise<void> {
  const slots = Array.from({ length: batch }, (_, slot) => slot);
  await repeat(`decode B=${batch}`, batch * DECODE_STEPS, async () => {
    for (const slot of slots) {
      await prefillPrompt(executor, slot, workloads.decode[slot % workloads.decode.length]!);
    }
    const time = await timed(async () => {
      for (let i = 0; i < DECODE_STEPS; i++) await step(executor, { decode: slots });
    });
    await step(executor, { releaseSequences: slots });
    return time;
  });
}

async function prefillPrompt(
  executor: Executor,
  slot: number,
  prompt: readonly number[],
): Promise<void> {
  const { chunkTokens } = executor.limits;
  const begin = { slot, blocks: [], sampling: GREEDY, tokensMax: prompt.length + DECODE_STEPS + 1 };
  await step(executor, { begin: [begin] });
  for (let start = 0; start < prompt.length; start += chunkTokens) {
    const tokens = Int32Array.from(prompt.slice(start, start + chunkTokens));
    const last = start + tokens.length === prompt.length;
    await step(executor, { prefills: [{ slot, start, tokens, storeAs: [], last }] });
  }
}

async function step(
  executor: Executor,
  parts: Partial<Parameters<Executor['step']>[0]>,
): Promise<void> {
  const nothing = { releaseSequences: [], releaseBlocks: [], begin: [], prefills: [], decode: [] };
  await executor.step({ ...nothing, ...parts });
}

interface Time {
  readonly wallMs: number;
  /** User and system time of all threads: does not count waiting for a busy machine. */
  readonly cpuMs: number;
}

async function timed(work: () => Promise<void>): Promise<Time> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

/** Prints the median and the best of the repeats, by wall and by processor time. */
async function repeat(name: string, tokens: number, run: () => Promise<Time>): Promise<void> {
  const times: Time[] = [];
  for (let i = 0; i < Number(options.repeats); i++) times.push(await run());
  const rates = (select: (time: Time) => number) => {
    const sorted = times.map(select).sort((a, b) => a - b);
    const rate = (ms: number) => ((1000 * tokens) / ms).toFixed(0);
    return `${rate(sorted[sorted.length >> 1]!)} (${rate(sorted[0]!)})`;
  };
  console.log(
    `  ${name.padEnd(12)} ${rates(({ wallMs }) => wallMs)} tok/s, ` +
      `${rates(({ cpuMs }) => cpuMs)} tok per CPU second; median (best)`,
  );
}
