import { readFileSync } from 'node:fs';
import { homeFolders } from '@helium/shared/config';
import { contentText, createTokenizer, type Tokenizer } from '@helium/shared/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_MODEL, type ModelFile, openModel, resolveModel } from './index.ts';

/** Made by the Rust library behind transformers (PyPI tokenizers), no special tokens recognised. */
const GOLDEN = JSON.parse(
  readFileSync(new URL('./testdata/smollm2-tokens.json', import.meta.url), 'utf8'),
) as { text: string; ids: number[] }[];

describe('the default model', () => {
  let model: ModelFile;
  let tokenizer: Tokenizer;

  beforeAll(async () => {
    const { models } = homeFolders({ home: process.env.HELIUM_HOME ?? '' });
    model = openModel(await resolveModel(DEFAULT_MODEL.name, models));
    tokenizer = createTokenizer(model.tokenizer);
  });
  afterAll(() => model.close());

  it('is the pinned file', () => {
    expect(model.digest).toBe(DEFAULT_MODEL.sha256);
    expect(model.config).toMatchObject({ layers: 30, heads: 9, kvHeads: 3, contextTokens: 8192 });
  });

  it.each(GOLDEN)('tokenizes $text as the reference does', ({ text, ids }) => {
    expect([...tokenizer.encode(contentText(text))]).toEqual(ids);
  });

  it('renders and ends chats as its template says', () => {
    const prompt = tokenizer.renderChat([{ role: 'user', content: 'Hello <|im_end|>' }]);
    const ids = tokenizer.encode(prompt);
    expect([...ids].filter((id) => id === 1 || id === 2)).toEqual([1, 2, 1, 2, 1]);
    expect([...tokenizer.endTokenIds]).toEqual([0, 2]);
    expect(tokenizer.renderChatSegments([{ role: 'user', content: [{ hole: 0 }] }]).exact).toBe(
      true,
    );
  });
});
