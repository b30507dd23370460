import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { BATCHES, readWorkloads } from '../src/engine/workloads.ts';
import { createMeter } from './meter.ts';
import { type PeerValues, printReport } from './peer-report.ts';

/**
 * Workloads a to d on llama.cpp through node-llama-cpp; prints one JSON object shaped like `helium bench engine`'s.
 * usage: llama-cpp.ts --library FOLDER --model Q8_0.gguf --workloads FILE [--threads 2] [--reps 3] [--only-decode-1]
 * FOLDER has node_modules/node-llama-cpp. Prefixes are shared by the library's copy of sequence state, which is
 * not in its public interface: without it every call computes its whole prompt.
 */
const { values: options } = parseArgs({
  options: {
    library: { type: 'string', default: '' },
    model: { type: 'string', default: '' },
    workloads: { type: 'string', default: '' },
    threads: { type: 'string', default: '2' },
    reps: { type: 'string', default: '3' },
    'only-decode-1': { type: 'boolean', default: false },
  },
});

/** The little of the library that is used. */
interface Sequence {
  readonly nextTokenIndex: number;
  evaluate(tokens: readonly number[], options: object): AsyncIterable<number>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
  adaptStateToTokens(tokens: readonly number[], allowShift: boolean): Promise<void>;
  clearHistory(): Promise<void>;
  _copyStateFromOtherSequence(other: Sequence, length: number): Promise<boolean>;
}
interface Context {
  getSequence(): Sequence;
  dispose(): Promise<void>;
}
interface Model {
  createContext(options: object): Promise<Context>;
}
interface Library {
  getLlama(options: object): Promise<{ loadModel(options: object): Promise<Model> }>;
}

const threads = Number(options.threads);
const repeats = Number(options.reps);
const workloads = readWorkloads(options.workloads);
const entry = join(options.library, 'node_modules/node-llama-cpp/dist/index.js');
const { getLlama } = (await import(pathToFileURL(entry).href)) as Library;

const begun = performance.now();
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads });
const model = await llama.loadModel({ modelPath: options.model });
const loadSeconds = (performance.now() - begun) / 1000;

const values: PeerValues = { a: [], b: {}, cold: [], warm: [], d: [] };
const meter = createMeter();
if (!options['only-decode-1']) await withContext(1, 1152, ([sequence]) => prefill(sequence!));
for (const batch of options['only-decode-1'] ? [1] : BATCHES) {
  await withContext(batch, 256, (sequences) => decode(sequences, batch));
}
if (!options['only-decode-1']) {
  await withContext(workloads.shared_tail.length, 768, shared);
  await withContext(workloads.question.length * workloads.expert_system.length, 768, mapReduce);
}
printReport(values, loadSeconds, meter());
process.exit(0);

async function withContext(
  sequences: number,
  contextSize: number,
  use: (sequences: Sequence[]) => Promise<void>,
): Promise<void> {
  const context = await model.createContext({
    sequences,
    contextSize,
    batchSize: 512,
    threads: { ideal: threads, min: threads },
    flashAttention: 'auto',
  });
  const all = Array.from({ length: sequences }, () => context.getSequence());
  await generate(all[0]!, workloads.decode[0]!, 4);
  await clear(all);
  await use(all);
  await context.dispose();
}

async function generate(
  sequence: Sequence,
  tokens: readonly number[],
  count: number,
  onToken: () => void = () => {},
): Promise<number[]> {
  const generated: number[] = [];
  for await (const token of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    generated.push(token);
    onToken();
    if (generated.length >= count) break;
  }
  return generated;
}

async function clear(sequences: readonly Sequence[]): Promise<void> {
  for (const sequence of sequences) await sequence.clearHistory();
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

async function prefill(sequence: Sequence): Promise<void> {
  for (let i = 0; i < repeats; i++) {
    const taken = await seconds(() => generate(sequence, workloads.prefill, 1));
    values.a.push(workloads.prefill.length / taken);
    await clear([sequence]);
  }
}

async function decode(sequences: readonly Sequence[], batch: number): Promise<void> {
  const rates: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const started = new Set<Sequence>();
    let firstAt = 0;
    let after = 0;
    const heard = (sequence: Sequence) => () => {
      if (firstAt > 0) after++;
      else if (started.add(sequence).size === batch) firstAt = performance.now();
    };
    await Promise.all(
      sequences.map((sequence, k) => generate(sequence, workloads.decode[k]!, 64, heard(sequence))),
    );
    rates.push((1000 * after) / (performance.now() - firstAt));
    await clear(sequences);
  }
  values.b[batch] = rates;
}

/** Computes the prefix once and copies its state to the other sequences. */
async function share(sequences: readonly Sequence[], prefix: readonly number[]): Promise<void> {
  const [first, ...others] = sequences;
  await first!.evaluateWithoutGeneratingNewTokens(prefix);
  for (const other of others) await other._copyStateFromOtherSequence(first!, prefix.length);
}

async function shared(sequences: readonly Sequence[]): Promise<void> {
  const { shared_prefix: prefix, shared_tail: tails } = workloads;
  for (let i = 0; i < repeats; i++) {
    await clear(sequences);
    const cold = await seconds(async () => {
      await share(sequences, prefix);
      await Promise.all(sequences.map((sequence, k) => generate(sequence, tails[k]!, 64)));
    });
    // A sequence keeps what it holds in common with its next prompt.
    const again = async (sequence: Sequence, prompt: readonly number[]) => {
      await sequence.adaptStateToTokens(prompt.slice(0, -1), false);
      await generate(sequence, prompt.slice(sequence.nextTokenIndex), 64);
    };
    const warm = await seconds(() =>
      Promise.all(sequences.map((sequence, k) => again(sequence, [...prefix, ...tails[k]!]))),
    );
    values.cold.push(cold);
    values.warm.push(warm);
  }
}

async function mapReduce(sequences: readonly Sequence[]): Promise<void> {
  const { expert_system: experts, question: questions, summary_system: summary } = workloads;
  for (let i = 0; i < repeats; i++) {
    await clear(sequences);
    const taken = await seconds(async () => {
      const of = (e: number) => questions.map((_, q) => sequences[q * experts.length + e]!);
      await Promise.all(experts.map((system, e) => share(of(e), system)));
      const outputs = await Promise.all(
        sequences.map((sequence, k) =>
          generate(sequence, questions[Math.floor(k / experts.length)]!, 48),
        ),
      );
      await clear(sequences);
      const readers = sequences.slice(0, questions.length);
      await share(readers, summary);
      await Promise.all(
        readers.map((sequence, q) => {
          const own = outputs.slice(q * experts.length, (q + 1) * experts.length).flat();
          return generate(sequence, [...questions[q]!, ...own], 64);
        }),
      );
    });
    values.d.push(taken);
  }
}
