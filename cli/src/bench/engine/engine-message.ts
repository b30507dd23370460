import type { EngineConfig, EngineDescription } from '@helium/worker/engine';

/** A call of a workload. */
export interface BenchCall {
  readonly prompt: readonly number[];
  readonly newTokens: number;
  /** Calls reuse what calls of the same salt left in the KV cache, as within a tenant. */
  readonly salt: string;
  /** Place in its engine's schedule. */
  readonly order: number;
}

export interface EndedCall {
  readonly id: string;
  readonly tokens: readonly number[];
  /** Prompt tokens that were computed, not reused. */
  readonly prefilledTokens: number;
  readonly error?: string;
}

/** What a step computed. */
export interface BenchStep {
  /** When it was done, milliseconds on a clock that all processes have. */
  readonly atMs: number;
  readonly prefillTokens: number;
  readonly decodeCalls: number;
}

/** What a worker tells its coordinator of the engine's room. */
export type EngineRoom = Pick<EngineDescription, 'kvTokens' | 'maxBatch'>;

/** From `helium bench engine` to a process that holds an engine. */
export type BenchRequest =
  | { readonly kind: 'open'; readonly config: EngineConfig }
  | { readonly kind: 'run'; readonly id: string; readonly call: BenchCall }
  | { readonly kind: 'usage' }
  | { readonly kind: 'close' };

/**
 * From that process. Steps are told when a call ends: a message for each would take the engine's cores from it.
 */
export type BenchReply =
  | ({ readonly kind: 'opened'; readonly seconds: number } & EngineRoom)
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'finished';
      readonly calls: readonly EndedCall[];
      readonly steps: readonly BenchStep[];
    }
  | { readonly kind: 'usage'; readonly cpuSeconds: number; readonly peakMib: number }
  | { readonly kind: 'closed' };
