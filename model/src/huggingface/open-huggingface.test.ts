import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createTokenizer } from '@helium/shared/tokenizer';
import { describe, expect, it } from 'vitest';
import { openGguf } from '../gguf/open-gguf.ts';
import type { ModelFile } from '../model-file.ts';
import { yarnMagnitude } from '../rope/rope-scaling.ts';
import { useTemporaryFolder } from '../temporary-folder.fixture.ts';
import { createTinyModel } from '../tiny/tiny-gguf.ts';
import { createTinyFolder } from '../tiny/tiny-huggingface.ts';
import type { TinyShape } from '../tiny/tiny-weights.ts';
import { layerShapes } from '../weight-layout.ts';
import { openHuggingFace } from './open-huggingface.ts';

const at = useTemporaryFolder();
const LONGROPE = {
  kind: 'longrope',
  divisors: [1, 1, 1.25, 1.5, 2, 2.5, 4, 6],
  originalTokens: 128,
  magnitude: 1.25,
} as const;

const YARN = {
  kind: 'yarn',
  factor: 4,
  originalTokens: 512,
  betaFast: 32,
  betaSlow: 1,
  truncate: true,
  magnitude: yarnMagnitude(4),
} as const;

function refusal(code: string, text: string) {
  return expect.objectContaining({ code, message: expect.stringContaining(text) });
}

async function patchHeader(folder: string, change: (header: never) => unknown) {
  const path = `${folder}/model.safetensors`;
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  change(header as never);
  const json = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  await writeFile(path, Buffer.concat([size, json, bytes.subarray(8 + length)]));
}

describe('openHuggingFace', () => {
  it.each([1, 3])('gives what the same GGUF model gives, from %d weight files', async (shards) => {
    const gguf = openGguf(await createTinyModel(at('gguf')));
    const folder = openHuggingFace(await createTinyFolder(at(`shards-${shards}`), { shards }));
    expect({ ...folder.config, name: '', normEpsilon: 0 }).toEqual({
      ...gguf.config,
      name: '',
      normEpsilon: 0,
    });
    expect(folder.openHead().values()).toEqual(gguf.openHead().values());
    expect(folder.openEmbedding().row(7)).toEqual(gguf.openEmbedding().row(7));
    expect(folder.readLayer(1, 'q')).toEqual(gguf.readLayer(1, 'q'));
    expect(folder.readLayer(1, 'down')).toEqual(gguf.readLayer(1, 'down'));
    expect(folder.tokenizer.endTokenIds).toEqual(gguf.tokenizer.endTokenIds);
    const chat = [{ role: 'user', content: "the 12 '٣ \u0085 \ufeff" }] as const;
    const [one, two] = [folder, gguf].map((model) => {
      const tokenizer = createTokenizer(model.tokenizer);
      return tokenizer.encode(tokenizer.renderChat(chat));
    });
    expect(one).toEqual(two);
    folder.close();
    gguf.close();
  });

  it.each<[string, Partial<TinyShape>]>([
    ['qwen2', { architecture: 'qwen2', attentionBias: 'qkv' }],
    ['qwen3', { architecture: 'qwen3', headNorms: true, headDim: 32 }],
    ['llama with biases', { attentionBias: 'qkvo', tiedEmbeddings: false }],
    ['linear rope', { ropeScaling: { kind: 'linear', factor: 2 } }],
    ['YaRN', { ropeScaling: YARN }],
    ['LongRoPE', { ropeScaling: LONGROPE }],
  ])('gives what the same GGUF model gives: %s', async (_, shape) => {
    const gguf = openGguf(await createTinyModel(at('family'), shape));
    const folder = openHuggingFace(await createTinyFolder(at('folder'), shape));
    const plain = ({ config }: ModelFile) => ({ ...config, name: '', normEpsilon: 0 });
    expect(plain(folder)).toEqual(plain(gguf));
    for (const [tensor] of layerShapes(gguf.config)) {
      expect(folder.readLayer(1, tensor)).toEqual(gguf.readLayer(1, tensor));
    }
    folder.close();
    gguf.close();
  });

  it('takes what a class of transformers means where config.json is silent', async () => {
    const config = { architectures: ['MistralForCausalLM'], sliding_window: undefined };
    const silent = openHuggingFace(await createTinyFolder(at('silent'), { config }));
    expect(silent.config).toMatchObject({ architecture: 'mistral', slidingWindow: 4096 });
    silent.close();
    const off = { sliding_window: null };
    const full = openHuggingFace(
      await createTinyFolder(at('full'), { architecture: 'mistral', config: off }),
    );
    expect(full.config.slidingWindow).toBe(null);
    full.close();
  });

  it.each(['F16', 'BF16'] as const)('reads %s weights', async (storage) => {
    const exact = openHuggingFace(await createTinyFolder(at('f32')));
    const model = openHuggingFace(await createTinyFolder(at(storage), { storage }));
    const values = exact.readLayer(0, 'up');
    const worst = model
      .readLayer(0, 'up')
      .reduce((max, value, i) => Math.max(max, Math.abs(value - values[i]!)), 0);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(4e-3);
    expect(model.digest).not.toBe(exact.digest);
    model.close();
    exact.close();
  });

  it('prefers chat_template.jinja', async () => {
    const folder = await createTinyFolder(at('jinja'));
    await writeFile(`${folder}/chat_template.jinja`, 'own');
    const model = openHuggingFace(folder);
    expect(model.tokenizer.chatTemplate).toBe('own');
    model.close();
  });

  it.each([
    [{ architectures: ['Gemma3ForCausalLM'] }, 'MODEL_UNSUPPORTED', 'Gemma3ForCausalLM'],
    [{ rope_scaling: { rope_type: 'mrope' } }, 'MODEL_UNSUPPORTED', 'rope scaling mrope'],
    [{ rope_scaling: { rope_type: 'longrope' } }, 'MODEL_INVALID', 'config.json is malformed'],
    [{ rope_scaling: { rope_type: 'llama3' } }, 'MODEL_INVALID', 'config.json is malformed'],
    [{ rope_scaling: 'yarn' }, 'MODEL_INVALID', 'config.json is malformed'],
    [{ partial_rotary_factor: 0.5 }, 'MODEL_UNSUPPORTED', 'partial_rotary_factor 0.5'],
    [{ hidden_act: 'gelu' }, 'MODEL_UNSUPPORTED', 'activation gelu'],
    [{ mlp_bias: true }, 'MODEL_UNSUPPORTED', 'mlp_bias'],
    [{ attention_bias: true }, 'MODEL_INVALID', 'self_attn.q_proj.bias is missing'],
    [
      { architectures: ['Qwen3ForCausalLM'] },
      'MODEL_INVALID',
      'self_attn.q_norm.weight is missing',
    ],
    [{ hidden_size: 0 }, 'MODEL_INVALID', 'config.json is malformed'],
    [{ vocab_size: 9 }, 'MODEL_INVALID', 'has shape [302,64], expected [9,64]'],
    [{ num_hidden_layers: 1 }, 'MODEL_UNSUPPORTED', 'model.layers.1.'],
  ])('refuses a folder with %o', async (config, code, text) => {
    const folder = await createTinyFolder(at('config'), { config });
    expect(() => openHuggingFace(folder)).toThrow(refusal(code, text));
  });

  it("names what is wrong with LongRoPE's divisors, and finds its first context beside them", async () => {
    const rope = { rope_type: 'longrope', short_factor: LONGROPE.divisors };
    const configOf = async (config: Record<string, unknown>) => {
      const model = openHuggingFace(await createTinyFolder(at('longrope'), { config }));
      model.close();
      return model.config;
    };
    const phi = { rope_scaling: rope, original_max_position_embeddings: 512 };
    expect((await configOf(phi)).ropeScaling).toEqual({
      ...LONGROPE,
      originalTokens: 512,
      // factor 4
      magnitude: Math.sqrt(1 + Math.log(4) / Math.log(512)),
    });
    const faultsOf = (short_factor: unknown) =>
      configOf({ ...phi, rope_scaling: { ...rope, short_factor } }).catch(({ faults }) => faults);
    const field = 'rope_scaling.short_factor';
    expect(await faultsOf([1, 2])).toEqual([
      { field, message: 'has 2 numbers, a list of 8 is expected' },
    ]);
    expect(await faultsOf(2)).toEqual([{ field, message: 'is 2, a list of 8 is expected' }]);
    expect(await faultsOf([1, 1, 1, 0, 1, 1, 1, 1])).toEqual([
      { field, message: 'divides frequency 3 by 0' },
    ]);
  });

  it('takes default rope scaling and newer rope parameters', async () => {
    const config = {
      rope_scaling: null,
      rope_theta: undefined,
      rope_parameters: { rope_theta: 5e5 },
    };
    const model = openHuggingFace(await createTinyFolder(at('rope'), { config }));
    expect(model.config.ropeBase).toBe(5e5);
    model.close();
  });

  it('names the tensor that a truncated file lacks', async () => {
    const folder = await createTinyFolder(at('short'));
    await truncate(`${folder}/model.safetensors`, 200_000);
    expect(() => openHuggingFace(folder)).toThrow(
      /tensor \S+ needs \d+ bytes at offset \d+, the file has \d+/,
    );
  });

  it('refuses wrong sizes, overlaps and element types by tensor', async () => {
    type Header = Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;
    const name = 'model.norm.weight';
    const cases: [(header: Header) => unknown, string, string][] = [
      [(h) => h[name]!.shape.push(2), 'MODEL_INVALID', `tensor ${name} at offset`],
      [(h) => Object.assign(h[name]!, { data_offsets: [0, 256] }), 'MODEL_INVALID', 'overlaps'],
      [(h) => Object.assign(h[name]!, { dtype: 'I64' }), 'MODEL_UNSUPPORTED', 'I64'],
      [(h) => delete h[name], 'MODEL_INVALID', `${name} is missing`],
    ];
    for (const [change, code, text] of cases) {
      const folder = await createTinyFolder(at('patched'));
      await patchHeader(folder, change);
      expect(() => openHuggingFace(folder)).toThrow(refusal(code, text));
    }
  });

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'])(
    'says that %s is missing',
    async (file) => {
      const folder = await createTinyFolder(at('missing'));
      await rm(`${folder}/${file}`);
      expect(() => openHuggingFace(folder)).toThrow(refusal('MODEL_INVALID', file));
    },
  );

  it('refuses an index that leads out of the folder', async () => {
    const folder = await createTinyFolder(at('index'), { shards: 2 });
    const map = { weight_map: { a: '../f32/model.safetensors' } };
    await rm(`${folder}/model.safetensors`, { force: true });
    await writeFile(`${folder}/model.safetensors.index.json`, JSON.stringify(map));
    expect(() => openHuggingFace(folder)).toThrow(
      refusal('MODEL_INVALID', 'names no weight files'),
    );
  });
});
