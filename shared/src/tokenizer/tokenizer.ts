import type { ChatMessage } from '../call.ts';
import type { PromptText, SegmentedMessage, SegmentedPrompt } from './prompt-text.ts';

/**
 * All that is needed to turn messages into tokens, as plain JSON: it travels from a worker to the
 * coordinator, and is made from a GGUF file's metadata or a Hugging Face directory.
 */
export interface TokenizerSpec {
  /** Contents of tokenizer.json (or its equivalent made from GGUF metadata). */
  readonly tokenizerJson: Readonly<Record<string, unknown>>;
  /** Contents of tokenizer_config.json that matter: special tokens, by name (`bos_token`). */
  readonly tokenizerConfig: Readonly<Record<string, unknown>>;
  /** Jinja source. */
  readonly chatTemplate: string;
  /** Ids that end a generation; ascending. */
  readonly endTokenIds: readonly number[];
  /** Empty where the model has none. */
  readonly bosToken: string;
  readonly eosToken: string;
  /** Whether the model expects BOS in front of a prompt that the template does not start with it. */
  readonly addBos: boolean;
}

/** Static tokens of the start of a text that may still grow. */
export interface StablePrefix {
  /** Tokens that no continuation can change. */
  readonly tokens: Int32Array;
  /** Length of the text they cover, UTF-16 units over all pieces. */
  readonly chars: number;
}

/** Messages in, tokens out. Pure; memoizes only. */
export interface Tokenizer {
  /** Hex SHA-256 of the spec's canonical JSON. */
  readonly digest: string;
  readonly vocabSize: number;
  readonly endTokenIds: ReadonlySet<number>;
  /** Names of the special tokens by id, which decoders leave out: "<|im_start|>". */
  readonly specialTokens: ReadonlyMap<number, string>;
  /**
   * The whole prompt with the generation prompt, template and message text kept apart. Throws
   * TEXT_INVALID on lone surrogates and on messages the template refuses.
   */
  renderChat(messages: readonly ChatMessage[]): PromptText;
  /** The same for messages with holes. */
  renderChatSegments(messages: readonly SegmentedMessage[]): SegmentedPrompt;
  /**
   * Tokens of the whole text. Special tokens are recognised inside template pieces only. A byte the
   * vocabulary lacks gives no token, as in the reference tokenizers. Throws TEXT_INVALID on lone
   * surrogates. Cost: O(text), words memoized.
   */
  encode(prompt: PromptText): Int32Array;
  /** encode(prefix + anything) starts with these tokens. */
  encodeStable(prefix: PromptText): StablePrefix;
  /** Bytes that a token stands for; none for special tokens and ids the model does not have. */
  bytesOf(token: number): Uint8Array;
  /**
   * Incremental decoding that never splits a UTF-8 character. `continues`: the tokens are not the first of a
   * text, so a space that SentencePiece's scheme drops there is kept.
   */
  createDecoder(continues?: boolean): TokenDecoder;
}

export interface TokenDecoder {
  /** Text that is complete after this token (may be empty). Special tokens give no text. */
  push(token: number): string;
  /** What is left; incomplete bytes become U+FFFD. */
  end(): string;
}
