import type { ModelConfig } from '@helium/model';
import { invariant } from '@helium/shared';
import type { HeadRows } from './graph-runner.ts';
import { type KvChunk, kvShapeOf } from './kv/kv-chunk.ts';
import { soloSlab } from './kv/solo-slab.ts';
import type { ModelGraphs } from './model-graphs.ts';
import { CHUNK_TOKENS } from './onnx-executor.ts';

/** All logits of one position, and the final hidden state they come from. */
export interface ScoredPosition {
  readonly logits: Float64Array;
  readonly hidden: Float32Array;
}

/**
 * The logits that follow `prompt` and each token of `continuation`, whatever the model itself would
 * choose (teacher forcing). For comparisons with other implementations: computed as serving
 * does, the prompt in chunks and the continuation by decode steps, alone in its slab.
 * Returns continuation.length + 1 positions.
 */
export async function scorePrompt(
  graphs: ModelGraphs,
  config: ModelConfig,
  prompt: Int32Array,
  continuation: Int32Array,
): Promise<readonly ScoredPosition[]> {
  invariant(prompt.length > 0, 'an empty prompt has no logits');
  const shape = kvShapeOf(config);
  const chunks: KvChunk[] = [];
  let residual: Float32Array = new Float32Array(0);
  for (let start = 0; start < prompt.length; start += CHUNK_TOKENS) {
    const tokens = prompt.slice(start, start + CHUNK_TOKENS);
    const started = await graphs.pipeline.start(tokens, chunks);
    residual = await started.residual;
    chunks.push(started.chunk);
  }
  const scored = [scoreRow(graphs, await graphs.runner.head([residual]))];
  const slab = soloSlab(chunks, shape, prompt.length + continuation.length);
  for (const token of continuation) {
    const { kv, head } = await graphs.runner.decode([[token]], slab);
    slab.append(kv);
    scored.push(scoreRow(graphs, head));
  }
  slab.dispose();
  return scored;
}

function scoreRow({ scorer }: ModelGraphs, head: HeadRows): ScoredPosition {
  return { logits: scorer.logits(head, 0), hidden: head.hidden };
}
