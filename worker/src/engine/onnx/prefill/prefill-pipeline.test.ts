import { tableOf } from '@helium/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyPart, type KvChunk, type KvShape, sliceChunk } from '../kv/kv-chunk.ts';
import { MODEL_COORDINATES } from '../stream-coordinates.ts';
import { TokenEmbedding } from '../token-embedding.ts';
import { PrefillPipeline } from './prefill-pipeline.ts';
import type { Stage, StageInput, StageOutput } from './prefill-stage.ts';

const VOCAB = 50;
/** One plane a stage, of one float a token. */
const SHAPE: KvShape = { planes: 1, kvHeads: 1, headDim: 1, width: 1, bytesPerToken: 4 };

/**
 * A stage whose KV of a token is the token itself, and whose stream is what it was given plus the sum of
 * its past: a past that is not the prompt's shows in everything behind it. Takes its inputs
 * away like a thread does, and answers some turns late.
 */
class SummingStage implements Stage {
  readonly #turns: number;
  readonly #isLast: boolean;
  #past: number[] = [];
  #previous: Promise<unknown> = Promise.resolve();
  failNext = false;

  constructor(turns: number, isLast: boolean) {
    this.#turns = turns;
    this.#isLast = isLast;
  }

  run(input: StageInput): Promise<StageOutput> {
    const taken = structuredClone(input);
    const output = this.#previous.then(() => this.#compute(taken));
    this.#previous = output.catch(() => undefined);
    return output;
  }

  async close(): Promise<void> {}

  async #compute({ keepTokens, added, stream, wanted }: StageInput): Promise<StageOutput> {
    for (let i = 0; i < this.#turns; i++) await new Promise(setImmediate);
    if (this.failNext) {
      this.failNext = false;
      throw new Error('broken stage');
    }
    expect(keepTokens).toBeLessThanOrEqual(this.#past.length);
    this.#past = [...this.#past.slice(0, keepTokens), ...added.flatMap(({ data }) => [...data])];
    const sum = this.#past.reduce((total, value) => total + value, 0);
    this.#past.push(...stream);
    const all = stream.map((value) => value + sum);
    return { kv: stream.slice(), stream: this.#isLast ? all.slice(-wanted) : all, isBroken: false };
  }
}

function pipelineOf(...turns: number[]) {
  const stages = turns.map((count, i) => new SummingStage(count, i === turns.length - 1));
  const table = Float32Array.from({ length: VOCAB }, (_, token) => token);
  const embedding = new TokenEmbedding(tableOf(table, 1), MODEL_COORDINATES);
  return { pipeline: new PrefillPipeline(stages, embedding, SHAPE), stages };
}

/** What the stages have of a prompt: for each its input by token, which is its KV too. */
type Twin = readonly (readonly number[])[];

/** The twin of `past` with a chunk behind it, and what the last stage gives for its last token. */
function extend(past: Twin, tokens: readonly number[]): { twin: Twin; last: number } {
  let stream = [...tokens];
  const twin = past.map((kv) => {
    const input = stream;
    const sum = kv.reduce((total, value) => total + value, 0);
    stream = stream.map((value) => value + sum);
    return [...kv, ...input];
  });
  return { twin, last: stream.at(-1)! };
}

/** Prompts that each continue the beginning of an earlier one. */
const growth = fc.array(
  fc.record({
    parent: fc.nat(),
    keep: fc.nat(),
    tokens: fc.array(fc.nat(VOCAB - 1), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 25 },
);

/** The first `tokens` of the chunks, the last of them perhaps cut. */
function leading(chunks: readonly KvChunk[], tokens: number): KvChunk[] {
  let left = tokens;
  return chunks.flatMap((chunk) => {
    const taken = Math.min(left, chunk.tokens);
    left -= taken;
    return taken > 0 ? [sliceChunk(chunk, 0, taken)] : [];
  });
}

describe('PrefillPipeline', () => {
  it('gives each chunk what its own past gives, whatever ran before it and is underway', async () => {
    await fc.assert(
      fc.asyncProperty(
        growth,
        fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
        async (plan, turns) => {
          const { pipeline } = pipelineOf(...turns);
          const none: { twin: Twin; chunks: KvChunk[] } = { twin: turns.map(() => []), chunks: [] };
          const prompts = [none];
          const answers: { residual: Promise<Float32Array>; last: number }[] = [];
          for (const { parent, keep, tokens } of plan) {
            const base = prompts[parent % prompts.length]!;
            const kept = keep % (base.twin[0]!.length + 1);
            const past = leading(base.chunks, kept);
            const { twin, last } = extend(
              base.twin.map((kv) => kv.slice(0, kept)),
              tokens,
            );
            const { chunk, residual } = await pipeline.start(Int32Array.from(tokens), past);
            prompts.push({ twin, chunks: [...past, chunk] });
            answers.push({ residual, last });
          }
          await pipeline.settle();
          for (const { residual, last } of answers) expect([...(await residual)]).toEqual([last]);
          for (const { chunks, twin } of prompts) {
            const kv = twin.map((_, stage) =>
              chunks.flatMap((chunk) => [...copyPart(chunk, stage, SHAPE)]),
            );
            expect(kv).toEqual(twin);
          }
          await pipeline.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells a failure of a later stage once, and is right again after it', async () => {
    const { pipeline, stages } = pipelineOf(0, 1);
    const first = await pipeline.start(Int32Array.of(1, 2), []);
    await pipeline.settle();
    stages[1]!.failNext = true;
    await pipeline.start(Int32Array.of(3), [first.chunk]);
    await expect(pipeline.settle()).rejects.toThrow('broken stage');
    const again = await pipeline.start(Int32Array.of(3), [first.chunk]);
    const { twin } = extend([[], []], [1, 2]);
    expect([...(await again.residual)]).toEqual([extend(twin, [3]).last]);
    await pipeline.close();
  });
});
