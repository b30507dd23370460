export type { StablePrefix, TokenDecoder, Tokenizer, TokenizerSpec } from './tokenizer.ts';
