import { createTokenizer, joinPrompt, parseTokenizerSpec } from '@helium/shared/tokenizer';
import { describe, expect, it } from 'vitest';
import { createSimVocabulary } from './sim-tokenizer-spec.ts';

describe('createSimVocabulary', () => {
  const { spec, outputTokens, endToken } = createSimVocabulary();
  const tokenizer = createTokenizer(spec);
  const decode = (tokens: Iterable<number>) => {
    const decoder = tokenizer.createDecoder();
    return [...tokens].map((token) => decoder.push(token)).join('') + decoder.end();
  };

  it('is a spec that the coordinator takes', () => {
    expect(parseTokenizerSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    expect(tokenizer.endTokenIds.has(endToken)).toBe(true);
  });

  it('gives each word one token, and every text its bytes back', () => {
    const tokens = tokenizer.encode([{ kind: 'content', text: ' the market price' }]);
    expect(tokens).toHaveLength(3);
    const odd = 'Grüße, 市場 🚀\n\ttabs';
    expect(decode(tokenizer.encode([{ kind: 'content', text: odd }]))).toBe(odd);
  });

  it('writes outputs in words', () => {
    expect(decode(outputTokens.slice(0, 3))).toBe(' the of and');
    expect(new Set(outputTokens).size).toBe(outputTokens.length);
  });

  it('renders ChatML', () => {
    const prompt = tokenizer.renderChat([{ role: 'user', content: 'hi' }]);
    expect(joinPrompt(prompt)).toBe('<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n');
  });
});
