import { BYTE_CHARS, SPLIT_PATTERNS, type TokenizerSpec } from '@helium/shared/tokenizer';

const CONTROLS = ['<|end|>', '<|start|>'];

/** A tokenizer of bytes: one token for each, and two control tokens around messages. */
export function byteTokenizerSpec(): TokenizerSpec {
  const tokens = [...CONTROLS, ...BYTE_CHARS];
  const splits = SPLIT_PATTERNS.smollm.map((regex) => ({
    type: 'Split',
    pattern: { Regex: regex },
    behavior: 'Isolated',
    invert: false,
  }));
  return {
    tokenizerJson: {
      added_tokens: CONTROLS.map((content, id) => ({ id, content, special: true })),
      normalizer: null,
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
        merges: [],
        unk_token: null,
      },
    },
    tokenizerConfig: {},
    chatTemplate:
      "{% for message in messages %}{{ '<|start|>' + message['role'] + '\\n' " +
      "+ message['content'] + '<|end|>' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}",
    endTokenIds: [0],
    bosToken: '<|start|>',
    eosToken: '<|end|>',
    addBos: false,
  };
}
