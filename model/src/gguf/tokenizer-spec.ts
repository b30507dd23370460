import { HeliumError } from '@helium/shared';
import {
  SPLIT_PATTERNS,
  type SplitPatternName,
  type TokenizerSpec,
} from '@helium/shared/tokenizer';
import { collectEndTokens } from '../end-tokens.ts';
import type { Metadata } from './metadata.ts';
import { type MetadataReader, readerOf } from './metadata-reader.ts';
import { readSentencePiece } from './sentencepiece-tables.ts';

/** llama.cpp's token types that mean more than a word. */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;

/** Pre-tokenizers whose models look a whole word up before merging, and expect BOS by default. */
const LLAMA3_LIKE: ReadonlySet<string> = new Set(['llama-bpe', 'tekken']);

/** Other names of the same patterns in `tokenizer.ggml.pre`. */
const PRE_ALIASES: Readonly<Record<string, SplitPatternName>> = {
  llama3: 'llama-bpe',
  'llama-v3': 'llama-bpe',
  'deepseek-r1-qwen': 'qwen2',
};

/**
 * A tokenizer.json made from the `tokenizer.*` keys, of byte-level BPE (`gpt2`) or SentencePiece's (`llama`).
 * Throws MODEL_UNSUPPORTED, by name, for another model or `pre`, and for a file without a chat template.
 */
export function readTokenizerSpec(path: string, metadata: Metadata): TokenizerSpec {
  const reader = readerOf(path, metadata);
  const kind = reader.text('tokenizer.ggml.model');
  const tables = Object.hasOwn(TABLES, kind) ? TABLES[kind] : undefined;
  if (tables === undefined) throw reader.unsupported('tokenizer.ggml.model', kind);
  const tokens = reader.texts('tokenizer.ggml.tokens');
  const addedTokens = readAddedTokens(reader, tokens);
  const { json, addsBos } = tables(reader, tokens, path);
  const nameOf = (key: string) => readTokenName(reader, tokens, key);
  const endIds = ['eos', 'eot', 'eom'].map((name) => reader.id(`tokenizer.ggml.${name}_token_id`));
  return {
    tokenizerJson: { added_tokens: addedTokens, post_processor: null, ...json },
    tokenizerConfig: {},
    chatTemplate: readChatTemplate(reader, metadata),
    endTokenIds: collectEndTokens(
      endIds,
      addedTokens.filter((token) => token.special),
    ),
    bosToken: nameOf('tokenizer.ggml.bos_token_id'),
    eosToken: nameOf('tokenizer.ggml.eos_token_id'),
    addBos: reader.flag('tokenizer.ggml.add_bos_token', addsBos),
  };
}

interface TokenizerParts {
  /** What of tokenizer.json is the kind's own. */
  readonly json: Record<string, unknown>;
  /** Where the file does not say. */
  readonly addsBos: boolean;
}

type ReadTables = (
  reader: MetadataReader,
  tokens: readonly string[],
  path: string,
) => TokenizerParts;

/** By `tokenizer.ggml.model`. */
const TABLES: Readonly<Record<string, ReadTables>> = {
  gpt2: readByteLevel,
  llama: readSentencePiece,
};

function readByteLevel(reader: MetadataReader, tokens: readonly string[]): TokenizerParts {
  const pre = readPre(reader);
  const isLlama3Like = LLAMA3_LIKE.has(pre);
  const json = {
    normalizer: null,
    pre_tokenizer: preTokenizerJson(pre),
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: tokens,
      merges: reader.texts('tokenizer.ggml.merges'),
      unk_token: null,
      ignore_merges: isLlama3Like,
    },
  };
  return { json, addsBos: isLlama3Like };
}

function readPre(reader: MetadataReader): SplitPatternName {
  const pre = reader.text('tokenizer.ggml.pre', 'default');
  const name = PRE_ALIASES[pre] ?? pre;
  if (Object.hasOwn(SPLIT_PATTERNS, name)) return name as SplitPatternName;
  throw reader.unsupported('tokenizer.ggml.pre', JSON.stringify(pre));
}

function preTokenizerJson(pre: SplitPatternName): Record<string, unknown> {
  const splits = SPLIT_PATTERNS[pre].map((regex) => ({
    type: 'Split',
    pattern: { Regex: regex },
    behavior: 'Isolated',
    invert: false,
  }));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, use_regex: false };
  return { type: 'Sequence', pretokenizers: [...splits, byteLevel] };
}

function readAddedTokens(reader: MetadataReader, tokens: readonly string[]) {
  const types = reader.numbers('tokenizer.ggml.token_type');
  if (types.length !== tokens.length) {
    throw reader.invalid(
      'tokenizer.ggml.token_type',
      `has ${types.length} items for ${tokens.length} tokens`,
    );
  }
  if (new Set(tokens).size !== tokens.length) {
    throw reader.invalid('tokenizer.ggml.tokens', 'has the same token twice');
  }
  return tokens.flatMap((content, id) => {
    const type = types[id]!;
    if (type !== UNKNOWN && type !== CONTROL && type !== USER_DEFINED) return [];
    return [{ id, content, special: type !== USER_DEFINED }];
  });
}

function readTokenName(reader: MetadataReader, tokens: readonly string[], key: string): string {
  const id = reader.id(key);
  if (id === null) return '';
  const token = tokens[id];
  if (token !== undefined) return token;
  throw reader.invalid(key, `is ${id}, there are ${tokens.length} tokens`);
}

function readChatTemplate(reader: MetadataReader, metadata: Metadata): string {
  if (metadata.has('tokenizer.chat_template')) return reader.text('tokenizer.chat_template');
  throw new HeliumError(
    'MODEL_UNSUPPORTED',
    reader.invalid('tokenizer.chat_template', 'is missing; only chat models are served').message,
  );
}
