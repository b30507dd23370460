/**
 * The engine under a crowd: 256 calls at once on the real model, and one that fills its context, against
 * what each gets alone. Counts, not times: they hold on a busy machine too.
 *
 *   node bench/crowd.ts [--calls 256] [--kv-mib 2048] [--alone 8] [--model smollm2-135m-instruct]
 */
import { parseArgs } from 'node:util';
import { resolveModel } from '@helium/model';
import {
  type Call,
  type CallResult,
  callId,
  createPrng,
  GREEDY,
  type Sampling,
} from '@helium/shared';
import { homeFolders, loadSettings } from '@helium/shared/config';
import { createTokenizer } from '@helium/shared/tokenizer';
import { type Engine, type EngineEvent, type StartedEngine, startEngine } from '@helium/worker';

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '256' },
    'kv-mib': { type: 'string', default: '2048' },
    alone: { type: 'string', default: '8' },
    model: { type: 'string', default: 'smollm2-135m-instruct' },
  },
});

const SAMPLINGS: readonly Sampling[] = [
  GREEDY,
  { temperature: 0.8, topK: 40, topP: 0.95, seed: 1n },
  { ...GREEDY, repetitionPenalty: 1.2 },
];
const WORDS = 'market price demand supply risk trend growth cash debt value rate sector'.split(' ');

const { values: settings } = loadSettings({ flags: {}, environment: process.env });
const folders = homeFolders(settings);
const modelPath = await resolveModel(flags.model, folders.models, () => {});

async function open(maxBatch: number, kvMib: number) {
  const events: EngineEvent[] = [];
  const waiting = new Map<string, (result: CallResult) => void>();
  const started: StartedEngine = await startEngine(
    {
      engine: 'onnx',
      modelPath,
      modelName: '',
      graphFolder: folders.graphs,
      threads: 2,
      precision: 'fast',
      maxBatch,
      kvMib,
      contextTokens: 0,
      simSpeed: 0,
    },
    (event) => {
      events.push(event);
      if (event.kind === 'finished') waiting.get(event.result.id)?.(event.result);
    },
  );
  const run = (call: Call) =>
    new Promise<CallResult>((resolve) => {
      waiting.set(call.id, resolve);
      started.engine.submit(call);
    });
  return { ...started, events, run };
}

function callOf(id: string, text: string, fields: Partial<Call>): Call {
  return {
    id: callId(id),
    messages: [
      { role: 'system', content: 'You are a patient analyst. Answer in one sentence.' },
      { role: 'user', content: text },
    ],
    sampling: GREEDY,
    maxTokens: 16,
    stop: [],
    reusePrefix: true,
    cacheSalt: '',
    order: 0,
    streamDeltas: true,
    ...fields,
  };
}

const random = createPrng(5);
const word = () => WORDS[Math.floor(random() * WORDS.length)]!;
const crowd = await open(Number(flags.calls), Number(flags['kv-mib']));
const { description } = crowd.engine as Engine;
const tokenizer = createTokenizer(crowd.identity.tokenizerSpec);
const calls = Array.from({ length: Number(flags.calls) }, (_, i) =>
  callOf(`c${i}`, `Question ${i}: ${word()} or ${word()}?`, {
    sampling: SAMPLINGS[i % SAMPLINGS.length]!,
    maxTokens: 24,
  }),
);
const tokensOf = (call: Call) => tokenizer.encode(tokenizer.renderChat(call.messages)).length;
let text = '';
while (tokensOf(callOf('', text, {})) < description.contextTokens - 40)
  text += `${word()} `.repeat(16);
const long = callOf('long', text.trimEnd(), { maxTokens: 8, order: 1 });

const results = await Promise.all([...calls, long].map(crowd.run));
const steps = crowd.events.flatMap((event) => (event.kind === 'stepped' ? [event] : []));
const max = (list: readonly number[]) => list.reduce((a, b) => Math.max(a, b), 0);
const busy = steps.filter(({ step }) => step.decodeCalls > 0);
await crowd.engine.close();

const alone = await open(1, 512);
const picked = [...calls.filter(() => random() < Number(flags.alone) / calls.length), long];
let different = 0;
for (const call of picked) {
  const { text: own } = await alone.run({ ...call, reusePrefix: false });
  const { text: beside } = results.find(({ id }) => id === call.id)!;
  if (own !== beside) different++;
}
await alone.engine.close();
console.log(
  JSON.stringify(
    {
      calls: results.length,
      errors: results.filter(({ error }) => error !== undefined).map(({ error }) => error?.message),
      long_prompt_tokens: results.at(-1)?.usage.promptTokens,
      decoding_at_once: max(steps.map(({ step }) => step.decodeCalls)),
      prefill_tokens_beside_decoding_max: max(busy.map(({ step }) => step.prefillTokens)),
      kv_tokens_used_max: max(steps.map(({ load }) => load.kvTokensUsed)),
      kv_tokens: description.kvTokens,
      steps: steps.length,
      compared_alone: picked.length,
      different,
    },
    null,
    2,
  ),
);
