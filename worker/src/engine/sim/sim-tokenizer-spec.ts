import { BYTE_CHARS, type TokenizerSpec } from '@helium/shared/tokenizer';

/** What simulated texts are made of. */
const WORDS =
  'the of and to in is that for it with as on by this from market price earnings growth ' +
  'risk trend report quarter revenue margin demand supply policy rate inflation sector ' +
  'value cost cash debt capital signal volume volatility support momentum average forecast ' +
  'analyst investor position buy sell hold because while against above below likely strong ' +
  'weak higher lower stable evidence suggests remains expected compared overall therefore ' +
  'however';

const SPECIAL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;
const END_TOKEN = 2;

const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] " +
  "+ '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** A tokenizer that needs no file, with the tokens that a simulated output is drawn from. */
export interface SimVocabulary {
  readonly spec: TokenizerSpec;
  readonly outputTokens: readonly number[];
  readonly endToken: number;
}

/**
 * Byte-level BPE: every byte is a token, and so is each of some eighty words with a space in front,
 * built letter by letter from the left. ChatML template.
 */
export function createSimVocabulary(): SimVocabulary {
  const vocab: Record<string, number> = {};
  const add = (token: string) => {
    vocab[token] ??= Object.keys(vocab).length;
    return vocab[token];
  };
  for (const token of [...SPECIAL_TOKENS, ...BYTE_CHARS]) add(token);
  const merges: string[] = [];
  const outputTokens = WORDS.split(' ').map((word) => {
    const space = BYTE_CHARS[0x20]!;
    for (let length = 0; length < word.length; length++) {
      const start = space + word.slice(0, length);
      const letter = word[length]!;
      if (vocab[start + letter] === undefined) merges.push(`${start} ${letter}`);
      add(start + letter);
    }
    return vocab[space + word]!;
  });
  return { spec: createSpec(vocab, merges), outputTokens, endToken: END_TOKEN };
}

function createSpec(vocab: Record<string, number>, merges: string[]): TokenizerSpec {
  const addedTokens = SPECIAL_TOKENS.map((content, id) => ({ id, content, special: true }));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true };
  return {
    tokenizerJson: {
      added_tokens: addedTokens,
      normalizer: null,
      pre_tokenizer: { ...byteLevel, use_regex: true },
      decoder: { ...byteLevel, use_regex: true },
      model: { type: 'BPE', vocab, merges },
    },
    tokenizerConfig: { bos_token: SPECIAL_TOKENS[0], eos_token: SPECIAL_TOKENS[END_TOKEN] },
    chatTemplate: CHAT_TEMPLATE,
    endTokenIds: [0, END_TOKEN],
    bosToken: SPECIAL_TOKENS[0],
    eosToken: SPECIAL_TOKENS[END_TOKEN],
    addBos: false,
  };
}
