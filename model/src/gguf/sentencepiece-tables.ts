import type { MetadataReader } from './metadata-reader.ts';
import { mergesOfScores } from './sentencepiece-merges.ts';

const USER_DEFINED = 4;

/**
 * SentencePiece's BPE as a tokenizer.json, as transformers' converter writes it for Llama 2 and Mistral. Throws
 * MODEL_UNSUPPORTED, by name, for normalizations that such a file would have to have.
 */
export function readSentencePiece(
  reader: MetadataReader,
  tokens: readonly string[],
  path: string,
): { readonly json: Record<string, unknown>; readonly addsBos: boolean } {
  for (const key of ['remove_extra_whitespaces', 'treat_whitespace_as_suffix']) {
    if (!reader.flag(`tokenizer.ggml.${key}`, false)) continue;
    throw reader.unsupported(`tokenizer.ggml.${key}`, 'true');
  }
  const charsMap = 'tokenizer.ggml.precompiled_charsmap';
  if (reader.has(charsMap)) throw reader.unsupported(charsMap, 'there');
  const types = reader.numbers('tokenizer.ggml.token_type');
  const spaced = tokens.find((token, id) => types[id] === USER_DEFINED && token.includes('▁'));
  if (spaced !== undefined) {
    throw reader.unsupported('tokenizer.ggml.token_type', `user-defined for ${spaced}`);
  }
  const scores = reader.numbers('tokenizer.ggml.scores');
  if (scores.length !== tokens.length) {
    throw reader.invalid(
      'tokenizer.ggml.scores',
      `has ${scores.length} items for ${tokens.length} tokens`,
    );
  }
  const prepends = reader.flag('tokenizer.ggml.add_space_prefix', true);
  const unknown = reader.id('tokenizer.ggml.unknown_token_id');
  const json = {
    normalizer: {
      type: 'Sequence',
      normalizers: [
        ...(prepends ? [{ type: 'Prepend', prepend: '▁' }] : []),
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prepends ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      vocab: tokens,
      merges: mergesOfScores(path, tokens, scores, types),
      unk_token: unknown === null ? null : (tokens[unknown] ?? null),
      byte_fallback: true,
    },
  };
  return { json, addsBos: true };
}
