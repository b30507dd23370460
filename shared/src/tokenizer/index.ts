export { BYTE_CHARS } from './byte-alphabet.ts';
export { canonicalJson } from './canonical-json.ts';
export { createTokenizer } from './create-tokenizer.ts';
export {
  type ContentSegment,
  contentText,
  joinPrompt,
  type PromptPiece,
  type PromptText,
  type SegmentedMessage,
  type SegmentedPrompt,
  type SegmentPiece,
} from './prompt-text.ts';
export {
  deserializeTokenizer,
  serializeTokenizer,
  TOKENIZER_BYTES_MAX,
  type TokenizerSpec,
  tokenizerDigest,
} from './spec.ts';
export { SPLIT_PATTERNS, type SplitPatternName } from './split-patterns.ts';
export type { StablePrefix, TokenDecoder, Tokenizer } from './tokenizer.ts';
export { parseTokenizerSpec } from './tokenizer-spec.ts';
