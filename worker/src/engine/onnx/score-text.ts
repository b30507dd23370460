import { GREEDY } from '@helium/shared';
import type { KvChunk } from './kv/kv-chunk.ts';
import type { ModelGraphs } from './model-graphs.ts';
import { CHUNK_TOKENS } from './onnx-executor.ts';
import type { TokenLikelihood } from './sampling/token-likelihood.ts';
import { TokenSampler } from './sampling/token-sampler.ts';

/** What a model makes of a text, for every token but the first. */
export interface TextScore {
  /** Natural logarithm of the probability of the text's next token. */
  readonly logProbabilities: Float32Array;
  /** The token that greedy serving chooses there. */
  readonly choices: Int32Array;
}

/**
 * Scores a text as a prompt: prefilled in chunks as serving does, whatever the model itself would say
 * (teacher forcing). `tokens` are at least 2.
 */
export async function scoreText(
  { pipeline, runner, scorer }: ModelGraphs,
  likelihood: TokenLikelihood,
  tokens: Int32Array,
): Promise<TextScore> {
  const positions = tokens.length - 1;
  const logProbabilities = new Float32Array(positions);
  const choices = new Int32Array(positions);
  const greedy = new TokenSampler({ sampling: GREEDY }, 0n);
  const chunks: KvChunk[] = [];
  for (let start = 0; start < positions; start += CHUNK_TOKENS) {
    const inputs = tokens.slice(start, Math.min(start + CHUNK_TOKENS, positions));
    const started = await pipeline.start(inputs, chunks, inputs.length);
    chunks.push(started.chunk);
    const stream = await started.residual;
    const width = stream.length / inputs.length;
    const head = await runner.head(
      Array.from(inputs, (_, row) => stream.subarray(row * width, (row + 1) * width)),
    );
    const hidden = new Float32Array(stream.length);
    inputs.forEach((_, row) => {
      hidden.set(scorer.hiddenOf(head, row), row * width);
      choices[start + row] = greedy.choose(scorer.scoresOf(head, row), start + row).token;
    });
    const targets = tokens.subarray(start + 1, start + 1 + inputs.length);
    logProbabilities.set(await likelihood.logProbabilities(hidden, targets), start);
  }
  return { logProbabilities, choices };
}
