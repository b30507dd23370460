import type { RunId, WorkerId, WorkerIdentity } from '@helium/shared';
import { orderByDependency } from '../plan/index.ts';
import {
  BEST_EFFORT,
  type Instance,
  instanceFromTree,
  type PinnedCall,
  type PlannedSchedule,
} from '../scheduler/index.ts';
import type { TemplatedRadixTree } from '../trt/index.ts';
import type { NodeRef, Place, WorkerSequence } from './core/core-event.ts';
import type { LivePrompt, LivePrompts } from './live-prompts.ts';
import { sharedPrefixesOf } from './shared-prefixes.ts';

/** The workers of one model that take calls; alike, as the scheduler sees them. */
export interface Pool {
  readonly model: string;
  readonly engine: WorkerIdentity['engine'];
  readonly workers: readonly WorkerId[];
  readonly kvTokens: number;
  readonly maxBatch: number;
  readonly blockTokens: number;
}

/** Calls of one pool, as a scheduling problem and the way back. */
export interface PoolProblem {
  readonly pool: Pool;
  readonly tree: TemplatedRadixTree;
  readonly instance: Instance;
  readonly pinned: readonly PinnedCall[];
  /** By call of the instance; pinned ones first. */
  readonly prompts: readonly LivePrompt[];
}

/** What of a problem is needed once its schedule is there, whatever became of the tree meanwhile. */
export interface PoolPlaces {
  readonly pool: Pool;
  /** By call of the instance; undefined for those that a worker has already or that are only foreseen. */
  readonly places: readonly (Place | undefined)[];
}

/** Prompt tokens that an engine takes into one step: no worker says it, the policies need one. */
const BATCHED_TOKENS_MAX = 2048;

/**
 * States the problem of the calls that need a place (`open`) behind those that workers have (`sent`).
 * Calls without a prompt in the tree are left out. Those that are only foreseen may be among `open`.
 */
export function poolProblem(
  prompts: LivePrompts,
  pool: Pool,
  open: readonly NodeRef[],
  sent: readonly (NodeRef & { readonly worker: WorkerId })[],
): PoolProblem | undefined {
  const tree = prompts.treeOf(pool.model);
  const ofPool = (ref: NodeRef) => {
    const prompt = prompts.find(ref);
    return prompt?.operator.model === pool.model ? [prompt] : [];
  };
  if (tree === undefined || pool.workers.length === 0) return undefined;
  const waiting = inOrder(tree, open.flatMap(ofPool));
  if (waiting.every((prompt) => prompt.isForeseen)) return undefined;
  const running = sent.flatMap((ref) => {
    const worker = pool.workers.indexOf(ref.worker);
    return worker < 0 ? [] : ofPool(ref).map((prompt) => ({ prompt, worker }));
  });
  const all = [...running.map(({ prompt }) => prompt), ...waiting];
  const ops = numbering<string>();
  const queries = numbering<string>();
  const instance = instanceFromTree(
    tree,
    all.map((prompt) => ({
      key: prompt.key,
      out: prompt.outputTokens,
      op: ops(`${prompt.workflow}\n${prompt.operator.id}`),
      query: queries(`${prompt.run}\n${prompt.row}`),
    })),
    {
      name: pool.model,
      workers: pool.workers.length,
      kvCapacity: pool.kvTokens,
      maxSeqs: pool.maxBatch,
      maxBatchedTokens: BATCHED_TOKENS_MAX,
    },
    (key) => prompts.outputTokensOf(key),
  );
  return {
    pool,
    tree,
    instance,
    pinned: running.map(({ worker }, call) => ({ call, worker })),
    prompts: all,
  };
}

/** Each after what it depends on; an order that is so already is kept. */
function inOrder(tree: TemplatedRadixTree, prompts: readonly LivePrompt[]): LivePrompt[] {
  const byKey = new Map(prompts.map((prompt) => [prompt.key, prompt]));
  const { order } = orderByDependency([...byKey.keys()], (key) => tree.dependenciesOf(key));
  return order.map((key) => byKey.get(key) as LivePrompt);
}

/** The places that the problem's calls are to get. */
export function placesOf(
  { pool, tree, prompts, pinned, instance }: PoolProblem,
  saltOf: (run: RunId) => string,
): PoolPlaces {
  const sent = new Set(pinned.map(({ call }) => call));
  const prefixes = sharedPrefixesOf(tree, pool.blockTokens);
  const places = prompts.map((prompt, call): Place | undefined => {
    const { run, node, outputTokens, outputSpread } = prompt;
    if (sent.has(call) || prompt.isForeseen) return undefined;
    const promptTokens = expectedPromptTokens(instance, call);
    const shared = prefixes.of(prompt, saltOf(run));
    const tokens = { outputTokens, outputSpread, promptTokens };
    return { run, node, ...tokens, prefixes: shared, group: 0 };
  });
  return { pool, places };
}

/** The schedule in the dispatcher's words: per worker its places in order. */
export function sequencePlaces(
  { pool, places }: PoolPlaces,
  { sequences, groups, schedule }: PlannedSchedule,
): WorkerSequence[] {
  const { dispatch, barrier, maxInflight } = schedule.execution ?? BEST_EFFORT;
  const execution = {
    ordered: dispatch === 'ordered',
    barrier,
    inFlightMax: maxInflight === BEST_EFFORT.maxInflight ? Number.POSITIVE_INFINITY : maxInflight,
  };
  return pool.workers.map((worker, i) => ({
    worker,
    execution,
    places: (sequences[i] ?? []).flatMap((call, position) => {
      const place = places[call];
      return place === undefined ? [] : [{ ...place, group: groups[i]?.[position] ?? 0 }];
    }),
  }));
}

function expectedPromptTokens({ segments, calls }: Instance, call: number): number {
  let tokens = 0;
  for (const item of calls[call]?.prompt ?? []) {
    tokens += (item >= 0 ? segments[item] : calls[~item]?.out) ?? 0;
  }
  return tokens;
}

function numbering<T>(): (item: T) => number {
  const numbers = new Map<T, number>();
  return (item) => {
    const number = numbers.get(item) ?? numbers.size;
    numbers.set(item, number);
    return number;
  };
}
