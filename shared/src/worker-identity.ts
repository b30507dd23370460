import type { ModelDigest, WorkerId } from './ids.ts';

/** The wire protocol spoken here. A worker with another major version is refused by name. */
export const PROTOCOL_VERSION = { major: 1, minor: 0 } as const;

/** What a worker says of itself when it attaches. */
export interface WorkerIdentity {
  readonly workerId: WorkerId;
  /** The name calls ask for, e.g. "smollm2-135m-instruct". */
  readonly model: string;
  readonly modelDigest: ModelDigest;
  /** Hex SHA-256 of the tokenizer spec's canonical JSON. */
  readonly tokenizerDigest: string;
  readonly engine: 'onnx' | 'vllm' | 'sim';
  readonly device: string;
  /** Calls the worker takes at once (running and queued); the window of credits. */
  readonly maxCalls: number;
  /** Calls that step together at most. */
  readonly maxBatch: number;
  /** Prompt and output tokens of one call at most. */
  readonly contextTokens: number;
  /** KV tokens that fit in memory. */
  readonly kvTokens: number;
  /** Tokens of a KV block: the grid on which prefixes are reused. */
  readonly blockTokens: number;
  readonly version: string;
}
