import type { ChatMessage, ModelDigest } from '@helium/shared';
import type { Decoding } from './decoding.ts';

/** Everything that decides the answer of a call, its messages rendered. */
export interface PromptRequest extends Decoding {
  readonly modelDigest: ModelDigest;
  readonly messages: readonly ChatMessage[];
}

/** Makes the prompt-cache keys of one tenant: 64 hex digits each. */
export interface CacheKeys {
  /** Of a call whose whole prompt is known. */
  prompt(request: PromptRequest): string;
  /** Of a result known by how it is derived: a node's signature. */
  derivation(signature: string): string;
}
