import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFile, openModel } from '@helium/model';
import { createTinyModel, type TinyModelOptions } from '@helium/model/tiny';
import { createPrng } from '@helium/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEGMENT_TOKENS } from './graph/segment-sums.ts';
import type { StackedQueries } from './graph-form.ts';
import { standaloneSlab } from './kv/fill-slabs.ts';
import { type KvChunk, kvShapeOf, planeOf } from './kv/kv-chunk.ts';
import { chunkSource } from './kv/kv-source.ts';
import { type ModelGraphs, openModelGraphs } from './model-graphs.ts';
import { CHUNK_TOKENS } from './onnx-executor.ts';

const PROMPT = 140;
const STEPS = 4;

const SHAPES: Record<string, TinyModelOptions> = {
  'grouped heads': {},
  'a single KV head': { kvHeads: 1 },
  'biases and normed heads': { architecture: 'qwen3', headNorms: true, attentionBias: 'qkvo' },
  'as many KV heads as heads': { heads: 4, kvHeads: 4 },
  'heads of 64': { headDim: 64, hidden: 192, heads: 3, kvHeads: 1 },
};

describe.each(Object.entries(SHAPES))('GraphRunner on a model with %s', (name, options) => {
  let folder: string;
  let model: ModelFile;
  const opened: ModelGraphs[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'helium-onnx-'));
    model = openModel(await createTinyModel(folder, options));
  });

  afterAll(async () => {
    for (const graphs of opened) await graphs.close();
    model.close();
    rmSync(folder, { recursive: true });
  });

  async function open(
    precision: 'fast' | 'exact',
    threads: number,
    stackedQueries: StackedQueries = 'auto',
  ): Promise<ModelGraphs> {
    const options = { precision, threads, graphFolder: folder, stackedQueries };
    const graphs = await openModelGraphs(model, options);
    opened.push(graphs);
    return graphs;
  }

  function tokens(count: number, seed: number): Int32Array {
    const random = createPrng(seed);
    return Int32Array.from({ length: count }, () => Math.floor(random() * model.config.vocab));
  }

  async function prefill({ pipeline }: ModelGraphs, prompt: Int32Array): Promise<KvChunk[]> {
    const chunks: KvChunk[] = [];
    for (let start = 0; start < prompt.length; start += CHUNK_TOKENS) {
      const tokens = prompt.slice(start, start + CHUNK_TOKENS);
      chunks.push((await pipeline.start(tokens, chunks)).chunk);
    }
    await pipeline.settle();
    return chunks;
  }

  /** KV of all layers of a prompt computed in chunks of these sizes, over and over. */
  async function inChunks({ pipeline }: ModelGraphs, prompt: Int32Array, sizes: readonly number[]) {
    const chunks: KvChunk[] = [];
    for (let start = 0; start < prompt.length; ) {
      const tokens = prompt.slice(start, start + sizes[chunks.length % sizes.length]!);
      chunks.push((await pipeline.start(tokens, chunks)).chunk);
      start += tokens.length;
    }
    await pipeline.settle();
    const shape = kvShapeOf(model.config);
    return Array.from({ length: shape.planes }, (_, plane) =>
      bitsOf(Float32Array.from(chunks.flatMap((chunk) => [...planeOf(chunk, plane, shape)]))),
    );
  }

  it.each(['fast', 'exact'] as const)(
    `gives a prompt the same bits in chunks of any size, in %s precision (${name})`,
    async (precision) => {
      const graphs = await open(precision, 1);
      const whole = await inChunks(graphs, tokens(PROMPT, 1), [PROMPT]);
      for (const sizes of [[1], [2], [7, 1], [16], [33, 64, 5], [64], [100]]) {
        expect(await inChunks(graphs, tokens(PROMPT, 1), sizes), `${sizes}`).toEqual(whole);
      }
    },
  );

  it.each(['fast', 'exact'] as const)(
    `gives what comes out of the last layer the same bits, however many tokens are wanted, in %s precision (${name})`,
    async (precision) => {
      const { pipeline } = await open(precision, 1);
      const prompt = tokens(PROMPT, 1);
      const { hidden } = model.config;
      const all = await (await pipeline.start(prompt, [], PROMPT)).residual;
      expect(all).toHaveLength(PROMPT * hidden);
      for (const [size, most] of [
        [1, 1],
        [2, 1],
        [2, 2],
        [7, 1],
        [7, 3],
        [64, 1],
        [64, 64],
        [100, 37],
        [PROMPT, 1],
      ] as const) {
        const chunks: KvChunk[] = [];
        for (let start = 0; start < PROMPT; start += size) {
          const chunk = prompt.slice(start, start + size);
          const wanted = Math.min(most, chunk.length);
          const started = await pipeline.start(chunk, chunks, wanted);
          chunks.push(started.chunk);
          const end = start + chunk.length;
          const expected = all.slice((end - wanted) * hidden, end * hidden);
          expect(bitsOf(await started.residual), `${most} of ${size}`).toBe(bitsOf(expected));
        }
      }
    },
  );

  /** How the traced sequence lies among others: the last row of the last group. */
  interface Layout {
    readonly groups: number;
    readonly members: number;
    /** Leading segments that its group shares; the others of its group begin like it. */
    readonly sharedSegments: number;
    /** Segments of every row behind these. */
    readonly ownSegments: number;
    /** Tokens of its prompt; PROMPT by default. */
    readonly prompt?: number;
    /** The other rows have no room for another token: they wait, and are computed along. */
    readonly areOthersFull?: boolean;
    /** Of its steps, over and over: tokens that each row gets, and how many of them are right. One each by default. */
    readonly steps?: readonly { readonly width: number; readonly right: number }[];
  }

  /** The bits of one sequence's KV and hidden states in some layout. */
  async function trace(graphs: ModelGraphs, layout: Layout): Promise<string[]> {
    const { groups, members, sharedSegments, ownSegments, prompt: length = PROMPT } = layout;
    const shape = kvShapeOf(model.config);
    const sharedTokens = sharedSegments * SEGMENT_TOKENS;
    const capacity = ownSegments * SEGMENT_TOKENS;
    const traced = tokens(length, 1);
    const prompts = Array.from({ length: groups * members }, (_, row) => {
      if (row === groups * members - 1) return traced;
      const isCompanion = row >= (groups - 1) * members;
      const begin = isCompanion ? traced : tokens(length, 50 + Math.floor(row / members));
      const own = layout.areOthersFull ? capacity : 3 + 7 * row;
      return Int32Array.of(...begin.slice(0, sharedTokens), ...tokens(own, 100 + row));
    });
    const rows = new Map<number, { source: ReturnType<typeof chunkSource>; tokens: number }>();
    let chunks: readonly KvChunk[] = [];
    for (const [row, prompt] of prompts.entries()) {
      chunks = await prefill(graphs, prompt);
      rows.set(row, { source: chunkSource(chunks, shape), tokens: prompt.length });
    }
    const slab = standaloneSlab(shape, { groups, members, sharedTokens, capacity }, rows);
    const bits = chunks.flatMap(({ record }) => record.parts.map(bitsOf));
    const { steps = [{ width: 1, right: 1 }] } = layout;
    for (let step = 0, decoded = 0; decoded < STEPS; step++) {
      const { width: wanted, right: most } = steps[step % steps.length]!;
      // The others have any number of tokens, and take one.
      const inputs = prompts.map((_, row) => {
        const width = Math.min(
          row === prompts.length - 1 ? wanted : 1 + ((row + step) % wanted),
          slab.roomOf(row),
        );
        return [...tokens(Math.max(1, width), 1000 * (row + 1) + step)];
      });
      const own = inputs.at(-1)!;
      const right = Math.min(most, own.length, STEPS - decoded);
      for (let i = 0; i < right; i++) own[i] = decoded + i;
      const { kv, head, rows } = await graphs.runner.decode(inputs, slab);
      slab.append(
        kv,
        (row) => (row === prompts.length - 1 ? right : Math.min(1, slab.roomOf(row))),
        rows,
      );
      const last = rows.starts.at(-1)!;
      for (let i = last; i < last + right; i++) {
        bits.push(
          bitsOf(head.hidden.slice(i * model.config.hidden, (i + 1) * model.config.hidden)),
        );
      }
      decoded += right;
    }
    slab.dispose();
    return bits;
  }

  const alone: Layout = { groups: 1, members: 1, sharedSegments: 0, ownSegments: 3 };
  const layouts: Layout[] = [1, 3, 16].flatMap((members) =>
    [0, 1, 2].flatMap((sharedSegments) =>
      [1, 3].flatMap((groups) =>
        [3, 9].map((ownSegments) => ({ groups, members, sharedSegments, ownSegments })),
      ),
    ),
  );

  const forms = (['fast', 'exact'] as const).flatMap((precision) =>
    (['on', 'off'] as const).map((stacked) => [precision, stacked] as const),
  );

  it.each(forms)(
    `gives a sequence the same bits in every batch, group and slab, in %s precision, queries stacked %s (${name})`,
    async (precision, stacked) => {
      const graphs = await open(precision, 1, stacked);
      const expected = await trace(graphs, alone);
      for (const layout of layouts.filter(({ groups, members }) => groups * members <= 16)) {
        expect(await trace(graphs, layout), JSON.stringify(layout)).toEqual(expected);
      }
    },
  );

  it.each(forms)(
    `gives the same bits whatever the number of segments, in %s precision, queries stacked %s (${name})`,
    async (precision, stacked) => {
      const graphs = await open(precision, 1, stacked);
      for (const segments of [5, 6, 7, 8]) {
        const layout = { ...alone, prompt: segments * SEGMENT_TOKENS - STEPS };
        const expected = await trace(graphs, { ...layout, ownSegments: segments });
        for (const [sharedSegments, ownSegments] of [
          [0, segments + 1],
          [0, 11],
          [0, 12],
          [2, segments - 2],
          [3, segments - 2],
        ] as const) {
          const other = { ...layout, members: sharedSegments + 1, sharedSegments, ownSegments };
          expect(await trace(graphs, other), JSON.stringify(other)).toEqual(expected);
        }
      }
    },
  );

  it.each(forms)(
    `gives a token the same bits behind drafts as in a step of its own, in %s precision, queries stacked %s (${name})`,
    async (precision, stacked) => {
      const graphs = await open(precision, 1, stacked);
      for (const [prompt, ownSegments] of [
        [PROMPT, 3],
        [7 * SEGMENT_TOKENS - 5, 7],
        [SEGMENT_TOKENS - 2, 2],
      ] as const) {
        const layout = { ...alone, prompt, ownSegments };
        const expected = await trace(graphs, layout);
        for (const steps of [
          [{ width: 4, right: 4 }],
          [{ width: 7, right: 2 }],
          [
            { width: 3, right: 1 },
            { width: 1, right: 1 },
            { width: 2, right: 2 },
          ],
        ]) {
          for (const members of [1, 3]) {
            for (const sharedSegments of prompt > 2 * SEGMENT_TOKENS ? [0, 1, 2] : [0]) {
              for (const areOthersFull of [false, true]) {
                const other = { ...layout, members, steps, sharedSegments, areOthersFull };
                expect(await trace(graphs, other), JSON.stringify(other)).toEqual(expected);
              }
            }
          }
        }
      }
    },
  );

  it.each(forms)(
    `gives the same bits on two threads, in %s precision, queries stacked %s (${name})`,
    async (precision, stacked) => {
      const layout = { groups: 2, members: 2, sharedSegments: 1, ownSegments: 2 };
      const one = await trace(await open(precision, 1, stacked), layout);
      expect(await trace(await open(precision, 2, stacked), layout)).toEqual(one);
    },
  );
});

function bitsOf(values: Float32Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}
