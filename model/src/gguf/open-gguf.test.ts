import { readFile, writeFile } from 'node:fs/promises';
import type { HeliumError } from '@helium/shared';
import { createTokenizer } from '@helium/shared/tokenizer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../temporary-folder.fixture.ts';
import { createTinyModel, makeTinyGguf, type TinyStorage } from '../tiny/tiny-gguf.ts';
import { TINY_STORED } from '../tiny/tiny-layouts.ts';
import { makeTinyWeights, TINY_SHAPE } from '../tiny/tiny-weights.ts';
import { openGguf } from './open-gguf.ts';

const at = useTemporaryFolder();
const WIDE = { hidden: 256, feedForward: 256, heads: 4, kvHeads: 2, headDim: 64, layers: 1 };

async function openBytes(bytes: Uint8Array) {
  await writeFile(at('bytes.gguf'), bytes);
  return openGguf(at('bytes.gguf'));
}

function refusal(code: string, ...texts: string[]) {
  return expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(texts.map(escapeRegex).join('.*'), 's')),
  });
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** Overwrites 32-bit words; offsets are bytes. */
function patch(bytes: Uint8Array, ...words: [number, number][]): Uint8Array {
  const copy = bytes.slice();
  for (const [offset, word] of words) new DataView(copy.buffer).setUint32(offset, word, true);
  return copy;
}

function indexOf(bytes: Uint8Array, text: string): number {
  return Buffer.from(bytes).indexOf(text);
}

describe('openGguf', () => {
  it.each(Object.values(TINY_STORED))(
    'decodes a row as it decodes all, stored as $storage',
    async (options) => {
      const model = openGguf(await createTinyModel(at(), options));
      const table = model.openEmbedding();
      const values = table.values();
      for (const index of [0, 5, table.rows - 1]) {
        const start = index * table.width;
        expect(table.row(index)).toEqual(values.slice(start, start + table.width));
      }
      model.close();
    },
  );

  it.each([true, false])(
    'reads every tensor as it was made (tied embeddings: %s)',
    async (tied) => {
      const weights = makeTinyWeights({ ...TINY_SHAPE, tiedEmbeddings: tied });
      const model = openGguf(await createTinyModel(at(), { tiedEmbeddings: tied }));
      expect(model.config).toEqual({
        ...weights.config,
        normEpsilon: Math.fround(weights.config.normEpsilon),
      });
      const table = model.openEmbedding();
      expect(table.values()).toEqual(weights.embedding);
      const { width } = table;
      expect([table.rows, width]).toEqual([weights.config.vocab, weights.config.hidden]);
      for (const index of [0, 1, table.rows - 1]) {
        expect(table.row(index)).toEqual(
          weights.embedding.slice(index * width, (index + 1) * width),
        );
      }
      expect(model.readFinalNorm()).toEqual(weights.finalNorm);
      expect(model.openHead().values()).toEqual(weights.head ?? weights.embedding);
      weights.layers.forEach((layer, index) => {
        for (const [name, values] of layer) expect(model.readLayer(index, name)).toEqual(values);
      });
      model.close();
    },
  );

  it.each<[TinyStorage, number]>([
    ['F16', 2e-4],
    ['BF16', 4e-3],
    ['Q8_0', 2e-3],
    ['Q6_K', 1e-2],
    ['Q5_K', 2e-2],
    ['Q4_K', 4e-2],
    ['Q5_1', 2e-2],
    ['Q5_0', 2e-2],
    ['Q4_1', 4e-2],
    ['Q4_0', 4e-2],
  ])('reads matrices stored as %s within %d', async (storage, tolerance) => {
    const weights = makeTinyWeights({ ...TINY_SHAPE, ...WIDE });
    const model = openGguf(await createTinyModel(at(), { ...WIDE, storage }));
    for (const name of ['q', 'k', 'gate', 'down'] as const) {
      const exact = weights.layers[0]!.get(name)!;
      const read = model.readLayer(0, name);
      const worst = read.reduce((max, value, i) => Math.max(max, Math.abs(value - exact[i]!)), 0);
      expect(worst).toBeLessThan(tolerance);
      expect(read.some((value) => value !== 0)).toBe(true);
    }
    model.close();
  });

  it('gives a tokenizer that works and a digest of the whole file', async () => {
    const first = openGguf(await createTinyModel(at()));
    const tokenizer = createTokenizer(first.tokenizer);
    const prompt = tokenizer.renderChat([{ role: 'user', content: 'the sand' }]);
    expect([...tokenizer.encode(prompt)].filter((id) => id < 3)).toEqual([1, 2, 1]);
    expect(first.tokenizer.endTokenIds).toEqual([0, 2]);
    const second = openGguf(await createTinyModel(at(), { fileName: 'second.gguf', seed: 2 }));
    expect(first.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(second.digest).not.toBe(first.digest);
    first.close();
    second.close();
  });

  it('refuses a truncated file wherever it is cut', async () => {
    const bytes = makeTinyGguf({ layers: 1 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length - 33 }), async (length) => {
        await expect(openBytes(bytes.subarray(0, length))).rejects.toThrow(
          refusal('MODEL_INVALID', 'bytes.gguf'),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('names tensor, offset, expected and found size of a file cut within its data', async () => {
    const bytes = makeTinyGguf({ layers: 1 });
    await expect(openBytes(bytes.subarray(0, bytes.length - 4096))).rejects.toThrow(
      /tensor blk\.0\.\S+ needs \d+ bytes at offset \d+, the file has \d+/,
    );
  });

  it('refuses a corrupted header with a model error or opens it, and never fails otherwise', async () => {
    const bytes = makeTinyGguf({ layers: 1 });
    const headerBytes = indexOf(bytes, 'blk.0.down') + 64;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: headerBytes }),
        fc.integer({ min: 0, max: 255 }),
        async (offset, byte) => {
          const corrupt = bytes.slice();
          corrupt[offset] = byte;
          try {
            (await openBytes(corrupt)).close();
          } catch (error) {
            expect((error as HeliumError).code).toMatch(/^MODEL_(INVALID|UNSUPPORTED)$/);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses magic, version and counts that cannot be', async () => {
    const bytes = makeTinyGguf();
    const cases: [[number, number], ReturnType<typeof refusal>][] = [
      [[0, 0x12345678], refusal('MODEL_INVALID', 'not a GGUF file')],
      [[4, 9], refusal('MODEL_UNSUPPORTED', 'version 9')],
      [[8, 0x7fffffff], refusal('MODEL_INVALID', 'tensor count 2147483647')],
      [[20, 0x7fffffff], refusal('MODEL_INVALID', 'metadata count')],
    ];
    for (const [word, expected] of cases) {
      await expect(openBytes(patch(bytes, word))).rejects.toThrow(expected);
    }
  });

  it('refuses overlapping, misaligned and misshapen tensors by name', async () => {
    const bytes = makeTinyGguf({ layers: 1 });
    const name = 'blk.0.attn_v.weight';
    const row = indexOf(bytes, name) + name.length;
    const offset = row + 4 + 16 + 4;
    const cases: [[number, number], ReturnType<typeof refusal>][] = [
      [[offset, 0], refusal('MODEL_INVALID', 'overlaps')],
      [[offset, 8], refusal('MODEL_INVALID', name, 'not a multiple of 32')],
      [[row + 4, 32], refusal('MODEL_INVALID', name, 'shape [32,32], expected [32,64]')],
      [[row, 9], refusal('MODEL_INVALID', name, '9 dimensions')],
      [[row + 20, 17], refusal('MODEL_UNSUPPORTED', name, 'ggml type 17', 'Q4_K')],
    ];
    for (const [word, expected] of cases) {
      await expect(openBytes(patch(bytes, word))).rejects.toThrow(expected);
    }
  });

  it('refuses values that are not finite when they are read', async () => {
    const bytes = makeTinyGguf({ layers: 1, storage: 'Q8_0' });
    const model = await openBytes(patch(bytes, [bytes.length - 68, 0x7e007e00]));
    const broken = () => model.readLayer(0, 'down');
    expect(broken).toThrow(refusal('MODEL_INVALID', 'blk.0.ffn_down.weight', 'NaN', 'index'));
    model.close();
  });

  it('refuses other architectures and variants by name before any tensor is read', async () => {
    const text = (value: string) => ({ kind: 'text', value }) as const;
    const count = (value: number) => ({ kind: 'count', value }) as const;
    const cases = [
      [{ 'general.architecture': text('gemma3') }, refusal('MODEL_UNSUPPORTED', '"gemma3"')],
      [{ 'llama.expert_count': count(8) }, refusal('MODEL_UNSUPPORTED', 'expert_count is 8')],
      [{ 'llama.rope.scaling.type': text('mrope') }, refusal('MODEL_UNSUPPORTED', 'mrope')],
      [
        { 'llama.rope.scaling.type': text('longrope') },
        refusal('MODEL_INVALID', 'rope_factors_short.weight', 'is missing'),
      ],
      [{ 'llama.rope.dimension_count': count(8) }, refusal('MODEL_UNSUPPORTED', 'is 8 with')],
      [{ 'tokenizer.ggml.model': text('rwkv') }, refusal('MODEL_UNSUPPORTED', 'is rwkv')],
      [{ 'tokenizer.ggml.model': text('llama') }, refusal('MODEL_INVALID', 'scores is missing')],
      [{ 'tokenizer.ggml.pre': text('viking') }, refusal('MODEL_UNSUPPORTED', '"viking"')],
      [{ 'tokenizer.chat_template': undefined }, refusal('MODEL_UNSUPPORTED', 'chat_template')],
      [{ 'llama.block_count': text('x') }, refusal('MODEL_INVALID', 'block_count is "x"')],
      [{ 'llama.context_length': undefined }, refusal('MODEL_INVALID', 'is missing')],
      [{ 'llama.block_count': count(3) }, refusal('MODEL_INVALID', 'blk.2.attn_norm', 'missing')],
      [{ 'tokenizer.ggml.eos_token_id': count(999) }, refusal('MODEL_INVALID', 'is 999')],
    ] as const;
    for (const [metadata, expected] of cases) {
      await expect(openBytes(makeTinyGguf({ metadata }))).rejects.toThrow(expected);
    }
    const half = makeTinyGguf({ metadata: { 'general.architecture': text('gemma') } });
    await expect(openBytes(half.subarray(0, indexOf(half, 'token_embd.weight')))).rejects.toThrow(
      refusal('MODEL_UNSUPPORTED', '"gemma"'),
    );
  });

  it('reads rope divisors, and refuses some that cannot be', async () => {
    const scaled = (divisors: readonly number[]) =>
      openBytes(makeTinyGguf({ ropeScaling: { kind: 'divisors', divisors } }));
    const divisors = [1, 1, 1, 2, 3, 4, 8, 8];
    const model = await scaled(divisors);
    expect(model.config.ropeScaling).toEqual({ kind: 'divisors', divisors });
    model.close();
    const name = 'rope_freqs.weight';
    await expect(scaled([1, 2])).rejects.toThrow(refusal('MODEL_INVALID', name, '[2]', '[8]'));
    await expect(scaled([1, 1, 1, 0, 1, 1, 1, 1])).rejects.toThrow(
      refusal('MODEL_INVALID', name, 'divides frequency 3 by 0'),
    );
  });

  it("reads LongRoPE's settings", async () => {
    const ropeScaling = {
      kind: 'longrope',
      divisors: [1, 1, 1.25, 1.5, 2, 2.5, 4, 6],
      originalTokens: 128,
      magnitude: 1.25,
    } as const;
    const model = await openBytes(makeTinyGguf({ ropeScaling }));
    expect(model.config.ropeScaling).toEqual(ropeScaling);
    model.close();
  });

  it('makes the same bytes every time', async () => {
    const path = await createTinyModel(at(), { fileName: 'again.gguf' });
    expect(new Uint8Array(await readFile(path))).toEqual(makeTinyGguf());
  });
});
