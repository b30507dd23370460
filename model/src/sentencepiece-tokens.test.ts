import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  contentText,
  createTokenizer,
  type PromptText,
  type Tokenizer,
  type TokenizerSpec,
} from '@helium/shared/tokenizer';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGguf } from './gguf/open-gguf.ts';
import { makeTinyGguf } from './tiny/tiny-gguf.ts';

/** A tiny SentencePiece model and what two reference libraries make of texts: bench/oracle/tokens.py. */
const GOLDEN = JSON.parse(
  readFileSync(new URL('./testdata/sentencepiece-tokens.json', import.meta.url), 'utf8'),
) as {
  tokens: string[];
  scores: number[];
  types: number[];
  texts: string[];
  templates: string[];
  sentencepiece: number[][];
  schemes: Record<string, { ids: number[][]; decoded: string[] } & Record<string, unknown>>;
};

let folder: string;
let spec: TokenizerSpec;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'helium-tokens-'));
  const count = (value: number) => ({ kind: 'count', value }) as const;
  const metadata = {
    'tokenizer.ggml.model': { kind: 'text', value: 'llama' },
    'tokenizer.ggml.pre': undefined,
    'tokenizer.ggml.merges': undefined,
    'tokenizer.ggml.tokens': { kind: 'texts', value: GOLDEN.tokens },
    'tokenizer.ggml.scores': { kind: 'reals', value: GOLDEN.scores },
    'tokenizer.ggml.token_type': { kind: 'integers', value: GOLDEN.types },
    'tokenizer.ggml.unknown_token_id': count(0),
    'tokenizer.ggml.bos_token_id': count(1),
    'tokenizer.ggml.add_bos_token': { kind: 'flag', value: false },
  } as const;
  const path = join(folder, 'spm.gguf');
  writeFileSync(path, makeTinyGguf({ metadata }));
  const model = openGguf(path);
  spec = model.tokenizer;
  model.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

function ofScheme(name: string): Tokenizer {
  const { normalizer, pre_tokenizer, decoder } = GOLDEN.schemes[name]!;
  const tokenizerJson = { ...spec.tokenizerJson, normalizer, pre_tokenizer, decoder };
  return createTokenizer({ ...spec, tokenizerJson });
}

const template = (text: string): PromptText => [{ kind: 'template', text }];

describe('a GGUF file with a SentencePiece vocabulary', () => {
  it('gives the tokens of sentencepiece', () => {
    const tokenizer = createTokenizer(spec);
    const ids = GOLDEN.texts.map((text) => [...tokenizer.encode(contentText(text))]);
    expect(ids).toEqual(GOLDEN.sentencepiece);
  });
});

describe.each(Object.keys(GOLDEN.schemes))(
  'SentencePiece in tokenizer.json, written as %s',
  (name) => {
    it('gives the tokens of the reference, and its text back', () => {
      const tokenizer = ofScheme(name);
      const prompts = [...GOLDEN.texts.map(contentText), ...GOLDEN.templates.map(template)];
      const ids = prompts.map((prompt) => [...tokenizer.encode(prompt)]);
      expect(ids).toEqual(GOLDEN.schemes[name]!.ids);
      const decoded = ids.map((each) => {
        const decoder = tokenizer.createDecoder();
        return each.map((id) => decoder.push(id)).join('') + decoder.end();
      });
      expect(decoded).toEqual(GOLDEN.schemes[name]!.decoded);
      const { vocab } = spec.tokenizerJson.model as { vocab: string[] };
      expect(tokenizer.createDecoder(true).push(vocab.indexOf('▁the'))).toBe(' the');
    });

    it('gives stable tokens that no continuation changes', () => {
      const tokenizer = ofScheme(name);
      const text = fc
        .array(
          fc.constantFrom('the', ' ', '  ', '▁', 'é', '\n', '<s>', '</', '日', '1', 'in', '😀'),
        )
        .map((parts) => parts.join(''));
      const piece = fc.record({ kind: fc.constantFrom('template', 'content'), text });
      fc.assert(
        fc.property(
          fc.array(piece, { maxLength: 3 }),
          fc.array(piece, { maxLength: 2 }),
          (a, b) => {
            const { tokens, chars } = tokenizer.encodeStable(a);
            expect(tokenizer.encode([...a, ...b]).subarray(0, tokens.length)).toEqual(tokens);
            expect(chars).toBeLessThanOrEqual(a.reduce((sum, part) => sum + part.text.length, 0));
          },
        ),
        { numRuns: 300 },
      );
    });
  },
);
