import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KvChunk } from '../kv/kv-chunk.ts';
import { TokenEmbedding } from '../token-embedding.ts';
import { PrefillPipeline } from './prefill-pipeline.ts';
import type { Stage, StageInput, StageOutput } from './prefill-stage.ts';

const VOCAB = 50;

/**
 * A stage whose KV of a token is the token itself, and whose stream is what it was given plus the sum of
 * its past: a past that is not the prompt's shows in everything behind it. Takes its inputs
 * away like a thread does, and answers some turns late.
 */
class SummingStage implements Stage {
  readonly #turns: number;
  #past: number[] = [];
  #previous: Promise<unknown> = Promise.resolve();
  failNext = false;

  constructor(turns: number) {
    this.#turns = turns;
  }

  run(input: StageInput): Promise<StageOutput> {
    const taken = structuredClone(input);
    const output = this.#previous.then(() => this.#compute(taken));
    this.#previous = output.catch(() => undefined);
    return output;
  }

  async close(): Promise<void> {}

  async #compute({ keepTokens, added, stream }: StageInput): Promise<StageOutput> {
    for (let i = 0; i < this.#turns; i++) await new Promise(setImmediate);
    if (this.failNext) {
      this.failNext = false;
      throw new Error('broken stage');
    }
    expect(keepTokens).toBeLessThanOrEqual(this.#past.length);
    this.#past = [...this.#past.slice(0, keepTokens), ...added.flatMap(({ data }) => [...data])];
    const sum = this.#past.reduce((total, value) => total + value, 0);
    this.#past.push(...stream);
    return { kv: stream.slice(), stream: stream.map((value) => value + sum) };
  }
}

function pipelineOf(...turns: number[]) {
  const stages = turns.map((count) => new SummingStage(count));
  const table = Float32Array.from({ length: VOCAB }, (_, token) => token);
  return { pipeline: new PrefillPipeline(stages, new TokenEmbedding(table, 1)), stages };
}

/** What the stages give for a prompt whose chunks run alone, one after the other. */
function expected(chunks: readonly number[][], stageCount: number): number[] {
  let streams = chunks.map((chunk) => [...chunk]);
  for (let stage = 0; stage < stageCount; stage++) {
    let sum = 0;
    streams = streams.map((chunk) => {
      const out = chunk.map((value) => value + sum);
      sum += chunk.reduce((total, value) => total + value, 0);
      return out;
    });
  }
  return streams.at(-1)!;
}

/** Prompts as a tree of chunks: each continues an earlier one, or begins anew. */
const growth = fc.array(
  fc.record({
    parent: fc.nat(),
    fresh: fc.boolean(),
    tokens: fc.array(fc.nat(VOCAB - 1), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 25 },
);

describe('PrefillPipeline', () => {
  it('gives each chunk what its own past gives, whatever ran before it and is underway', async () => {
    await fc.assert(
      fc.asyncProperty(
        growth,
        fc.array(fc.nat(3), { minLength: 1, maxLength: 3 }),
        async (plan, turns) => {
          const { pipeline } = pipelineOf(...turns);
          const prompts: { tokens: number[][]; chunks: KvChunk[] }[] = [];
          const residuals: { promise: Promise<Float32Array>; tokens: number[][] }[] = [];
          for (const { parent, fresh, tokens } of plan) {
            const base = fresh ? undefined : prompts[parent % Math.max(1, prompts.length)];
            const all = [...(base?.tokens ?? []), tokens];
            const past = base?.chunks ?? [];
            const { chunk, residual } = await pipeline.start(Int32Array.from(tokens), past);
            prompts.push({ tokens: all, chunks: [...past, chunk] });
            residuals.push({ promise: residual, tokens: all });
          }
          await pipeline.settle();
          for (const { promise, tokens } of residuals) {
            expect([...(await promise)]).toEqual(expected(tokens, turns.length));
          }
          for (const { chunks, tokens } of prompts) {
            expect([...chunks.at(-1)!.parts[0]!]).toEqual(tokens.at(-1));
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
    expect([...(await again.residual)]).toEqual(expected([[1, 2], [3]], 2));
    await pipeline.close();
  });
});
