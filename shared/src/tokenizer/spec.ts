// The door for who passes specs on and makes no tokenizer: a few modules of some thirty.
export {
  deserializeTokenizer,
  serializeTokenizer,
  TOKENIZER_BYTES_MAX,
} from './serialize-tokenizer.ts';
export type { TokenizerSpec } from './tokenizer.ts';
export { tokenizerDigest } from './tokenizer-digest.ts';
