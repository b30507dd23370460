/**
 * Time to the first token of a warm engine against its bare prefill, and of a call that comes while the engine
 * computes a long prefix ahead. Ratios in one run, on one machine: each repetition measures all of them, one
 * after the other.
 *
 *   node bench/first-token.ts [--tokens 64,256,1024] [--reps 7] [--threads 2] [--precision fast] [--prefix 2048]
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openModel, resolveModel } from '@helium/model';
import { type Call, callId, createPrng, GREEDY } from '@helium/shared';
import { homeFolders, loadSettings } from '@helium/shared/config';
import { createTokenizer } from '@helium/shared/tokenizer';
import { type EngineEvent, startEngine } from '@helium/worker';
import { CHUNK_TOKENS, createOnnxExecutor } from '@helium/worker/onnx';

const { values: flags } = parseArgs({
  options: {
    tokens: { type: 'string', default: '64,256,1024' },
    reps: { type: 'string', default: '7' },
    threads: { type: 'string', default: '2' },
    precision: { type: 'string', default: 'fast' },
    prefix: { type: 'string', default: '2048' },
    model: { type: 'string', default: 'smollm2-135m-instruct' },
  },
});
const WORDS = 'market price demand supply risk trend growth cash debt value rate sector'.split(' ');

const { values: settings } = loadSettings({ flags: {}, environment: process.env });
const folders = homeFolders(settings);
const modelPath = await resolveModel(flags.model, folders.models, () => {});
const built = {
  graphFolder: folders.graphs,
  threads: Number(flags.threads),
  precision: flags.precision === 'exact' ? 'exact' : 'fast',
  maxBatch: 4,
  kvMib: 512,
  contextTokens: 0,
} as const;

const waiting = new Set<(event: EngineEvent) => void>();

const model = openModel(modelPath);
const executor = await createOnnxExecutor(model, built);
model.close();
const { engine, identity } = await startEngine(
  { ...built, engine: 'onnx', modelPath, modelName: '', simSpeed: 0 },
  hear,
);
const tokenizer = createTokenizer(identity.tokenizerSpec);
function hear(event: EngineEvent): void {
  for (const each of [...waiting]) each(event);
}

/** Resolves with the first of the engine's events from now on that fits. */
function next(fits: (event: EngineEvent) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const listen = (event: EngineEvent) => {
      if (!fits(event)) return;
      waiting.delete(listen);
      resolve();
    };
    waiting.add(listen);
  });
}

const random = createPrng(11);
let count = 0;

/** A call whose prompt takes so many tokens, and that finds nothing of it computed. */
function callOf(tokens: number): Call {
  const call = (content: string): Call => ({
    id: callId(`call-${count}`),
    messages: [{ role: 'user', content }],
    sampling: GREEDY,
    maxTokens: 1,
    stop: [],
    reusePrefix: true,
    cacheSalt: `salt-${count}`,
    order: 0,
    streamDeltas: true,
  });
  count++;
  let content = '';
  for (let left = tokens; left > 0; left = tokens - promptOf(call(content)).length) {
    for (let i = 0; i < left; i += 2) content += `${WORDS[Math.floor(random() * WORDS.length)]} `;
  }
  return call(content);
}

function promptOf({ messages }: Call): Int32Array {
  return tokenizer.encode(tokenizer.renderChat(messages));
}

/** Milliseconds of one step that does nothing but this prompt, on the executor itself. */
async function barePrefill(prompt: Int32Array): Promise<number> {
  const { chunkTokensMax } = executor.limits;
  const prefills = [];
  for (let start = 0; start < prompt.length; ) {
    const left = prompt.length - start;
    const end = left <= chunkTokensMax ? prompt.length : start + CHUNK_TOKENS;
    const tokens = prompt.subarray(start, end);
    prefills.push({ slot: 0, start, tokens, storeAs: [], last: end === prompt.length });
    start = end;
  }
  const none = { releaseSequences: [], releaseBlocks: [], begin: [], prefills: [], decode: [] };
  const begin = [{ slot: 0, blocks: [], sampling: GREEDY, tokensMax: prompt.length + 1 }];
  const { ms } = await executor.step({ ...none, begin, prefills });
  await executor.step({ ...none, releaseSequences: [0] });
  return ms;
}

interface FirstToken {
  readonly ms: number;
  /** Prompt tokens of others that were computed meanwhile: what it waited for, whatever the machine's load. */
  readonly othersTokens: number;
}

/** From submission to the first token, through the engine's thread. */
async function firstToken(call: Call): Promise<FirstToken> {
  const begun = performance.now();
  let ms = 0;
  let computed = 0;
  // The step that answers a call is told after its answer.
  const told = next((event) => {
    if (event.kind === 'finished') ms = performance.now() - begun;
    if (event.kind !== 'stepped') return false;
    computed += event.step.prefillTokens;
    return ms > 0;
  });
  engine.submit(call);
  await told;
  return { ms, othersTokens: computed - promptOf(call).length };
}

/** The same for a call that comes at some moment while a long prefix is computed ahead, sooner needed than others. */
async function firstTokenBesidePrefetch(call: Call): Promise<FirstToken> {
  const tokens = promptOf(callOf(Number(flags.prefix)));
  const working = next((event) => event.kind === 'stepped' && event.step.prefillTokens > 0);
  engine.direct({
    kind: 'prefetch',
    cacheSalt: `ahead-${count}`,
    tokens,
    pin: false,
    nextUse: -count,
  });
  const computed = next((event) => event.kind === 'prefetched');
  await working;
  await wait(random() * 200);
  const first = await firstToken(call);
  await computed;
  return first;
}

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1]!;
const round = (value: number) => Number(value.toFixed(3));
const spread = (list: readonly number[]) => ({
  median: round(median(list)),
  min: round(Math.min(...list)),
  max: round(Math.max(...list)),
});

const report = [];
for (const tokens of flags.tokens.split(',').map(Number)) {
  const bare: number[] = [];
  const alone: FirstToken[] = [];
  const beside: FirstToken[] = [];
  // The first one warms up.
  for (let rep = -1; rep < Number(flags.reps); rep++) {
    const calls = [callOf(tokens), callOf(tokens)] as const;
    const bareMs = await barePrefill(promptOf(calls[0]));
    const own = await firstToken(calls[0]);
    const other = await firstTokenBesidePrefetch(calls[1]);
    if (rep < 0) continue;
    bare.push(bareMs);
    alone.push(own);
    beside.push(other);
  }
  const msOf = (list: readonly FirstToken[]) => list.map(({ ms }) => ms);
  const ratios = (list: readonly FirstToken[]) => ({
    ...spread(list.map(({ ms }, i) => ms / bare[i]!)),
    // What foreign load has the least part in.
    of_least: round(Math.min(...msOf(list)) / Math.min(...bare)),
  });
  report.push({
    prompt_tokens: tokens,
    bare_prefill_ms: spread(bare),
    first_token_ms: spread(msOf(alone)),
    first_token_ratio: ratios(alone),
    beside_prefetch_ms: spread(msOf(beside)),
    beside_prefetch_ratio: ratios(beside),
    beside_prefetch_waits_tokens: spread(beside.map(({ othersTokens }) => othersTokens)),
  });
}
await engine.close();
await executor.close();
const { threads, precision } = built;
console.log(
  JSON.stringify({ threads, precision, prefix_tokens: Number(flags.prefix), report }, null, 2),
);
