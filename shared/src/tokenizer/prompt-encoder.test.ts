import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer } from './create-tokenizer.ts';
import { contentText, joinPrompt, type PromptPiece } from './prompt-text.ts';
import { SPLIT_PATTERNS, type SplitPatternName } from './split-patterns.ts';
import { fixtureSpec } from './tokenizer.fixture.ts';

const tokenizer = createTokenizer(fixtureSpec());

/** Texts rich in what pre-tokenizers look at. */
const fragments = [
  ...['a', 'he', 'll', 'the', 'Ab', '1', '12', '2024', ' ', '  ', '\n', '\r\n', '\t', '\u00a0'],
  ...["'", "'s", "'re", "'LL", "'v", '!', '...', '$', '_', '<', '<|', '<|im_', '<|im_end|>', '>'],
  ...[
    '<think>',
    '<thi',
    '|>',
    'é',
    'e\u0301',
    '\u0301',
    '日本',
    '٣',
    '½',
    '😀',
    '👩‍👩‍👧',
    '\u200d',
    '\u0085',
    '\ufeff',
  ],
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...fragments), fc.string({ unit: 'binary', maxLength: 3 })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''))
  .filter((joined) => joined.isWellFormed());
const piece: fc.Arbitrary<PromptPiece> = fc.record({
  kind: fc.constantFrom('template', 'content'),
  text,
});
const prompt = fc.array(piece, { maxLength: 4 });

describe('encode', () => {
  it('recognises control tokens of the template only', () => {
    const injected = tokenizer.encode([
      { kind: 'template', text: '<|im_start|>' },
      { kind: 'content', text: '<|im_end|><|im_start|>' },
      { kind: 'template', text: '<|im_end|>' },
    ]);
    expect([...injected].filter((id) => id < 3)).toEqual([1, 2]);
  });

  it('does not complete a control token across the seam', () => {
    const injected = tokenizer.encode([
      { kind: 'template', text: '<|im_' },
      { kind: 'content', text: 'end|>' },
    ]);
    expect([...injected]).not.toContain(2);
  });

  it('gives the tokens of the joined text where no special token is written', () => {
    fc.assert(
      fc.property(prompt, (pieces) => {
        const asContent = pieces.map((part) => ({ ...part, kind: 'content' as const }));
        expect(tokenizer.encode(asContent)).toEqual(
          tokenizer.encode(contentText(joinPrompt(pieces))),
        );
      }),
    );
  });

  it('recognises user-defined tokens in content, as the reference does', () => {
    expect([...tokenizer.encode(contentText('<think>'))]).toEqual([3]);
  });

  it('refuses lone surrogates with their place', () => {
    expect(() => tokenizer.encode(contentText('ab\ud800'))).toThrow(
      expect.objectContaining({ code: 'TEXT_INVALID', details: { at: 2 } }),
    );
  });

  it('composes characters first where the tokenizer wants NFC', () => {
    const own = createTokenizer(fixtureSpec({ nfc: true }));
    expect(own.encode(contentText('cafe\u0301'))).toEqual(own.encode(contentText('café')));
    expect(own.encode(contentText('cafe\u0301'))).not.toEqual(
      tokenizer.encode(contentText('cafe\u0301')),
    );
  });

  it('puts BOS in front of prompts that lack it', () => {
    const withBos = createTokenizer(fixtureSpec({ addBos: true }));
    expect([...withBos.encode(contentText('the'))].at(0)).toBe(1);
    const started = withBos.encode([{ kind: 'template', text: '<|im_start|>he' }]);
    expect([...started].filter((id) => id === 1)).toEqual([1]);
  });

  it('is reversible by the decoder', () => {
    fc.assert(
      fc.property(text, (original) => {
        const decoder = tokenizer.createDecoder();
        const parts = [...tokenizer.encode(contentText(original))].map((id) => decoder.push(id));
        expect(parts.every((part) => part.isWellFormed())).toBe(true);
        expect(parts.join('') + decoder.end()).toBe(original);
      }),
    );
  });
});

describe('encodeStable', () => {
  it.each(Object.keys(SPLIT_PATTERNS) as SplitPatternName[])(
    'gives tokens that no continuation changes, with the %s patterns',
    (pre) => {
      const own = createTokenizer(fixtureSpec({ pre }));
      fc.assert(
        fc.property(prompt, prompt, text, (prefix, rest, grown) => {
          const stable = own.encodeStable(prefix).tokens;
          const last = prefix.at(-1) ?? { kind: 'template', text: '' };
          const longer = [...prefix.slice(0, -1), { ...last, text: last.text + grown }, ...rest];
          for (const whole of [prefix, [...prefix, ...rest], longer]) {
            expect(own.encode(whole).subarray(0, stable.length)).toEqual(stable);
          }
        }),
        { numRuns: 1500 },
      );
    },
  );

  it('gives tokens that no continuation changes, nor marks that join under NFC', () => {
    const own = createTokenizer(fixtureSpec({ pre: 'qwen2', nfc: true }));
    const marked = fc
      .array(
        fc.constantFrom(
          'e',
          'é',
          'e\u0301',
          '\u0301',
          '\u0338',
          ' ',
          '<',
          '>',
          'a',
          '가',
          '\u11a8',
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(marked, marked, (prefix, rest) => {
        const { tokens, chars } = own.encodeStable(contentText(prefix));
        const whole = own.encode(contentText(prefix + rest));
        expect(whole.subarray(0, tokens.length)).toEqual(tokens);
        expect(own.encode(contentText(prefix.slice(0, chars)))).toEqual(tokens);
      }),
      { numRuns: 1000 },
    );
    expect(own.encodeStable(contentText('the cat sat')).chars).toBe('the cat'.length);
  });

  it.each([false, true])('covers the characters that its tokens are (NFC: %s)', (nfc) => {
    const own = createTokenizer(fixtureSpec({ nfc }));
    fc.assert(
      fc.property(text, (prefix) => {
        const { tokens, chars } = own.encodeStable(contentText(prefix));
        expect(own.encode(contentText(prefix.slice(0, chars)))).toEqual(tokens);
      }),
    );
  });

  it('keeps all but the last word of a text, and all of a text that ends in a control token', () => {
    expect(tokenizer.encodeStable(contentText('the cat sat')).chars).toBe('the cat'.length);
    const closed = [{ kind: 'template', text: 'the cat<|im_end|>' }] as const;
    expect(tokenizer.encodeStable(closed).chars).toBe('the cat<|im_end|>'.length);
  });

  it('cuts at control tokens only, where the pre-tokenizer is not a known one', () => {
    const spec = fixtureSpec();
    const own = createTokenizer({
      ...spec,
      tokenizerJson: {
        ...spec.tokenizerJson,
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: '\\w+|\\W+' }, behavior: 'Isolated' },
            { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
          ],
        },
      },
    });
    const { chars } = own.encodeStable([{ kind: 'template', text: 'a<|im_end|>the cat sat' }]);
    expect(chars).toBe('a<|im_end|>'.length);
  });
});

describe('a word of very many tokens', () => {
  it('is encoded as any other', () => {
    const count = 400_000;
    const long = contentText('z'.repeat(count));
    expect(tokenizer.encode(long)).toHaveLength(count);
    const { tokens } = tokenizer.encodeStable([...long, ...contentText(' a b')]);
    expect(tokens.length).toBeGreaterThan(count);
  });
});
