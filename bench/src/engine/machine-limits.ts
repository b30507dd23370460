import type { ModelConfig } from '@helium/model';
import type { KernelPeaks } from '@helium/worker/onnx';
import { BATCHES, NEW_TOKENS, type Workloads } from './workloads.ts';

/** Figures that no engine with 8-bit weights and float32 KV can pass on a machine with these peaks. */
export interface MachineLimits {
  /** Tokens a second: workload a, and b by batch size. */
  readonly prefill: number;
  readonly decode: Readonly<Record<number, number>>;
  /** Seconds: workloads c (cold, warm) and d. */
  readonly sharedCold: number;
  readonly sharedWarm: number;
  readonly mapReduce: number;
}

/** Operations of one token, and bytes of what a pass must read. */
interface ModelCost {
  readonly layerOps: number;
  /** Of these, what only a prompt's last token needs: in the last layer all but keys and values. */
  readonly lastOps: number;
  readonly headOps: number;
  readonly weightBytes: number;
  /** Float operations of attending to one token of the past, in all layers and in one, and its bytes of KV. */
  readonly attendOps: number;
  readonly attendOpsOfLayer: number;
  readonly kvBytes: number;
}

/**
 * Prefill: products at the 8-bit peak, then attention at the float peak (the same cores do both); of the last layer
 * what keys and values take, and for one token the rest. A decode step: that,
 * or reading all weights and each call's own KV once, whichever takes longer; a shared prefix is read once. Nothing else is counted: no norms,
 * no softmax, no quantizing, no copies, no waiting.
 */
export function machineLimits(
  config: ModelConfig,
  peaks: KernelPeaks,
  workloads: Workloads,
): MachineLimits {
  const cost = costOf(config);
  const prefill = (tokens: number, past = 0, prompts = 1) => {
    const attended = tokens * past + (tokens * (tokens + 1)) / 2;
    const ops = tokens * (cost.layerOps - cost.lastOps) + cost.lastOps + cost.headOps;
    const lastLayer = (past + tokens - attended) * cost.attendOpsOfLayer;
    const attending = attended * cost.attendOps + lastLayer;
    return prompts * (ops / peaks.int8 + attending / peaks.float32);
  };
  const decode = (steps: number, rows: number, first: number, shared = 0) => {
    const own = first + steps / 2;
    const ops = rows * (cost.layerOps + cost.headOps);
    const attended = rows * (shared + own);
    const computing = ops / peaks.int8 + (attended * cost.attendOps) / peaks.float32;
    const bytes = cost.weightBytes + (shared + rows * own) * cost.kvBytes;
    return steps * Math.max(computing, bytes / peaks.readBytes);
  };
  const { prefill: long, decode: prompts, shared_prefix, shared_tail } = workloads;
  const promptTokens = prompts[0]!.length;
  const steps = NEW_TOKENS.decode - 1;
  const [prefix, tail, tails] = [shared_prefix.length, shared_tail[0]!.length, shared_tail.length];
  const warm = prefill(tail, prefix, tails) + decode(NEW_TOKENS.shared - 1, tails, tail, prefix);
  return {
    prefill: long.length / prefill(long.length),
    decode: Object.fromEntries(
      BATCHES.map((rows) => [rows, (rows * steps) / decode(steps, rows, promptTokens)]),
    ),
    sharedCold: prefill(prefix) + warm,
    sharedWarm: warm,
    mapReduce: mapReduceSeconds(workloads, prefill, decode),
  };
}

function mapReduceSeconds(
  { expert_system: experts, question: questions, summary_system }: Workloads,
  prefill: (tokens: number, past?: number, prompts?: number) => number,
  decode: (steps: number, rows: number, first: number, shared?: number) => number,
): number {
  const [system, asked, summary] = [
    experts[0]!.length,
    questions[0]!.length,
    summary_system.length,
  ];
  const calls = experts.length * questions.length;
  const outputs = experts.length * NEW_TOKENS.expert;
  return (
    prefill(system, 0, experts.length) +
    prefill(asked, system, calls) +
    decode(NEW_TOKENS.expert - 1, calls, asked + system / questions.length) +
    prefill(summary) +
    prefill(asked + outputs, summary, questions.length) +
    decode(NEW_TOKENS.summary - 1, questions.length, summary + asked + outputs)
  );
}

function costOf(config: ModelConfig): ModelCost {
  const { layers, hidden, heads, kvHeads, headDim, feedForward, vocab } = config;
  const keysAndValues = 2 * hidden * headDim * kvHeads;
  const others = 2 * hidden * headDim * heads + 3 * hidden * feedForward;
  const weights = layers * (keysAndValues + others);
  const head = vocab * hidden;
  return {
    layerOps: 2 * weights,
    lastOps: 2 * others,
    headOps: 2 * head,
    weightBytes: weights + head,
    attendOps: 4 * layers * heads * headDim,
    attendOpsOfLayer: 4 * heads * headDim,
    kvBytes: 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT,
  };
}
