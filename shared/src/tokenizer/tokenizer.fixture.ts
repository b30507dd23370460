import { BYTE_CHARS } from './byte-alphabet.ts';
import { SPLIT_PATTERNS, type SplitPatternName } from './split-patterns.ts';
import type { TokenizerSpec } from './tokenizer.ts';

export const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' " +
  "+ message['content'] + '<|im_end|>\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

export const MERGES = ['h e', 'Ġ t', 'Ġt he', 'l l', 'e r', '1 2', "' s", 'i m', 'Ġ Ġ', 'he ll'];

/** A byte-level BPE with a few merges; ids 0 to 2 are control tokens, 3 a user-defined one. */
export function fixtureSpec(
  changes: Partial<TokenizerSpec> & {
    readonly pre?: SplitPatternName;
    readonly nfc?: boolean;
  } = {},
): TokenizerSpec {
  const { pre = 'smollm', nfc = false, ...spec } = changes;
  const controls = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
  const merged = MERGES.map((merge) => merge.replace(' ', ''));
  const tokens = [...controls, '<think>', ...BYTE_CHARS, ...merged];
  const splits = SPLIT_PATTERNS[pre].map((regex) => ({
    type: 'Split',
    pattern: { Regex: regex },
    behavior: 'Isolated',
    invert: false,
  }));
  return {
    tokenizerJson: {
      added_tokens: tokens
        .slice(0, 4)
        .map((content, id) => ({ id, content, special: id < controls.length })),
      normalizer: nfc ? { type: 'NFC' } : null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          ...splits,
          { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
        ],
      },
      decoder: { type: 'ByteLevel' },
      model: {
        type: 'BPE',
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: MERGES,
        unk_token: null,
      },
    },
    tokenizerConfig: {},
    chatTemplate: CHATML,
    endTokenIds: [0, 2],
    bosToken: '<|im_start|>',
    eosToken: '<|im_end|>',
    addBos: false,
    ...spec,
  };
}
