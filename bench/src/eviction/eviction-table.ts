import { DEFAULT_OPTIONS, simulateBatch } from '@helium/simulation';
import { LEAST_RECENT, NEXT_USE, STEPS_TO_EXECUTION } from '@helium/worker/core';
import { debate, iterative, mapReduce, parallel, reflect, trading } from '../paper/families.ts';
import type { Shape } from '../paper/shape.ts';
import { AccessTrace } from './access-trace.ts';
import { beladyHits } from './belady.ts';
import { StepHints } from './step-hints.ts';
import { workflowOf } from './workflow-of.ts';

/** One run: what was found resident, and what the best eviction would have found for the same accesses. */
export interface EvictionResult {
  readonly workload: string;
  /** Of the working set. */
  readonly share: number;
  readonly kvTokens: number;
  readonly policy: string;
  readonly hitRate: number;
  readonly optimalRate: number;
  /** Hits over the optimum's; 1 where there is nothing to be found. */
  readonly ofOptimum: number;
}

const POLICIES = [NEXT_USE, LEAST_RECENT, STEPS_TO_EXECUTION];
const SHARES = [0.25, 0.5, 1] as const;

/** The paper's workflows at a size whose working sets differ from what runs at one time. */
const WORKLOADS: readonly (readonly [() => Shape, number])[] = [
  [() => mapReduce('mmlu'), 24],
  [() => mapReduce('tatqa'), 24],
  [() => debate('mmlu'), 24],
  [() => debate('tatqa'), 24],
  [reflect, 24],
  [iterative, 16],
  [parallel, 4],
  [trading, 2],
];

const BLOCK_TOKENS = 16;

/** One worker, 16 calls at a time. Deterministic. `only`: of the workload's name; empty for all. */
export async function measureEviction(
  scale: number,
  only: string,
  report: (line: string) => void,
): Promise<EvictionResult[]> {
  const results: EvictionResult[] = [];
  for (const [make, fullRows] of WORKLOADS) {
    const shape = make();
    if (!shape.name.includes(only)) continue;
    const rows = Math.max(2, Math.round(fullRows * scale));
    const all = await runOn(shape, rows, 2 ** 22, LEAST_RECENT);
    const { workingSet, largest } = sizeOf(all.trace);
    report(`${shape.name}: ${rows} rows, working set ${workingSet} tokens`);
    for (const share of SHARES) {
      const blocks = Math.ceil((share * workingSet) / BLOCK_TOKENS);
      const kvTokens = Math.max(blocks * BLOCK_TOKENS, 2 * largest);
      for (const policy of POLICIES) {
        const { trace, prefetchedTokens } = await runOn(shape, rows, kvTokens, policy);
        const hits = trace.reusedTokens - prefetchedTokens;
        const best = beladyHits(trace.accesses, { kvTokens, blockTokens: BLOCK_TOKENS });
        results.push({
          workload: shape.name,
          share,
          kvTokens,
          policy: policy.name,
          hitRate: hits / trace.promptTokens,
          optimalRate: best / trace.promptTokens,
          ofOptimum: best === 0 ? 1 : hits / best,
        });
      }
    }
  }
  return results;
}

async function runOn(shape: Shape, rows: number, kvTokens: number, policy: typeof NEXT_USE) {
  const trace = new AccessTrace(BLOCK_TOKENS);
  const hints =
    policy === STEPS_TO_EXECUTION ? new StepHints(shape, rows, BLOCK_TOKENS) : undefined;
  const kind = workflowOf(shape, rows);
  const options = {
    ...DEFAULT_OPTIONS,
    workers: 1,
    checkedShare: 0,
    outputTokensMean: Number.POSITIVE_INFINITY,
    limits: {
      ...DEFAULT_OPTIONS.limits,
      maxBatch: 16,
      maxCalls: 32,
      blockTokens: BLOCK_TOKENS,
      kvTokens,
      contextTokens: Math.min(32_768, kvTokens),
    },
  };
  const { faults, counts } = await simulateBatch(options, kind, kind.rows, {
    eviction: policy,
    onRunEvent: (_, body) => hints?.heard(body),
    observer: {
      started: (planner) => {
        trace.started(planner);
        hints?.started(planner);
        // What the schedule says of the future is next-use eviction's own.
        if (policy !== NEXT_USE) planner.direct = () => {};
      },
      received: (call, prompt) => {
        hints?.salted(call.cacheSalt);
        trace.received(call, prompt);
      },
      finished: (result) => trace.finished(result),
    },
  });
  if (faults.length > 0) throw new Error(`${shape.name}: ${faults.join('; ')}`);
  return { trace, prefetchedTokens: counts.prefetchedTokens };
}

/** Tokens of all distinct blocks and of what the most demanding moment holds beside them; of the largest call. */
function sizeOf({ accesses }: AccessTrace): { workingSet: number; largest: number } {
  const distinct = new Set<string>();
  const running = new Map<string, number>();
  let peak = 0;
  let largest = 0;
  for (const access of accesses) {
    if (access.kind === 'end') running.delete(access.call);
    else {
      for (const hash of access.hashes) distinct.add(hash);
      running.set(access.call, access.privateTokens);
      largest = Math.max(largest, access.privateTokens + access.hashes.length * BLOCK_TOKENS);
    }
    peak = Math.max(
      peak,
      running.values().reduce((sum, tokens) => sum + tokens, 0),
    );
  }
  return { workingSet: distinct.size * BLOCK_TOKENS + peak, largest };
}
