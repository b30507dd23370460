import {
  type Call,
  type CallResult,
  type CallUsage,
  type FinishReason,
  type HeliumError,
  type SequenceBlockHash,
  sequenceBlockHashes,
  type TokenLogprob,
} from '@helium/shared';
import type { TokenDecoder } from '@helium/shared/tokenizer';
import { errorResult } from './error-result.ts';
import type { FillRequest, PromptFill } from './prompt-fill.ts';
import type { ExecutorLimits, TokenConstraint } from './step-executor.ts';
import { TextStream } from './text-stream.ts';

/**
 * A call in the worker: waiting (no fill) → prefilling (a fill, no output) → decoding (output) →
 * gone. Times are milliseconds of the engine's steady clock.
 */
export interface Sequence {
  readonly call: Call;
  readonly order: number;
  readonly arrival: number;
  readonly request: FillRequest;
  readonly stream: TextStream;
  /** Output tokens at most: the call's, or what the context leaves. */
  readonly outputTokensMax: number;
  /** What its text keeps to. */
  readonly constraint: TokenConstraint | undefined;
  readonly arrivedMs: number;
  /** While waiting: the block of another's prompt that it waits for. */
  waitsFor: SequenceBlockHash | undefined;
  fill: PromptFill | undefined;
  startedMs: number;
  firstTokenMs: number;
  outputTokens: number;
  /** Of these, in deltas already. */
  deltaTokens: number;
  isCancelled: boolean;
  /** So far; empty unless the call asks for them. */
  readonly logprobs: TokenLogprob[];
}

/** Output tokens at most: what is asked for, or what the context leaves. */
export function limitOutput(call: Call, prompt: Int32Array, contextTokens: number): number {
  return Math.min(call.maxTokens, contextTokens - prompt.length);
}

/** A call as it arrives. */
export function createSequence(
  call: Call,
  prompt: Int32Array,
  context: {
    readonly limits: ExecutorLimits;
    readonly decoder: TokenDecoder;
    readonly arrival: number;
    readonly nowMs: number;
    readonly constraint?: TokenConstraint;
  },
): Sequence {
  const { limits, decoder, arrival, nowMs } = context;
  const { blockTokens, contextTokens } = limits;
  const outputTokensMax = limitOutput(call, prompt, contextTokens);
  return {
    call,
    order: call.order,
    arrival,
    request: {
      prompt,
      hashes: call.reusePrefix ? sequenceBlockHashes(prompt, blockTokens, call.cacheSalt) : [],
      reusableBlocks: call.reusePrefix ? Math.floor((prompt.length - 1) / blockTokens) : 0,
      tokensMax: prompt.length + outputTokensMax,
      neededAt: undefined,
    },
    stream: new TextStream(decoder, call.stop),
    outputTokensMax,
    constraint: context.constraint,
    arrivedMs: nowMs,
    waitsFor: undefined,
    fill: undefined,
    startedMs: nowMs,
    firstTokenMs: nowMs,
    outputTokens: 0,
    deltaTokens: 0,
    isCancelled: false,
    logprobs: [],
  };
}

/** The sequence goes on with this token. Returns how it ends by it, if it does. */
export function addToken(
  sequence: Sequence,
  token: number,
  endTokenIds: ReadonlySet<number>,
): EndReason | undefined {
  const { call, stream, constraint } = sequence;
  sequence.outputTokens++;
  if (endTokenIds.has(token) || call.stopTokens?.includes(token)) return 'stop';
  stream.push(token);
  constraint?.push(token);
  if (stream.isStopped || constraint?.isComplete) return 'stop';
  return sequence.outputTokens >= sequence.outputTokensMax ? 'length' : undefined;
}

/** The blocks a waiting call expects to find. */
export function reusableHashes({ request }: Sequence): readonly SequenceBlockHash[] {
  return request.hashes.slice(0, request.reusableBlocks);
}

/**
 * What the call took so far. Of a call that ended within its prompt, promptTokens is the part that
 * was processed, so that prompt = prefilled + reused always holds.
 */
export function measureUsage(sequence: Sequence, blockTokens: number, nowMs: number): CallUsage {
  const { fill, arrivedMs, startedMs, firstTokenMs, outputTokens } = sequence;
  const reusedTokens = (fill?.reusedBlocks ?? 0) * blockTokens;
  const promptTokens = fill?.filledTokens ?? 0;
  const isDecoding = outputTokens > 0;
  return {
    promptTokens,
    prefilledTokens: promptTokens - reusedTokens,
    reusedTokens,
    outputTokens,
    queueMs: (fill === undefined ? nowMs : startedMs) - arrivedMs,
    prefillMs: fill === undefined ? 0 : (isDecoding ? firstTokenMs : nowMs) - startedMs,
    decodeMs: isDecoding ? nowMs - firstTokenMs : 0,
  };
}

/** The result of a call that ran and ended, its stream ended too. */
export function endResult(
  { call, stream, logprobs }: Sequence,
  reason: EndReason | HeliumError,
  usage: CallUsage,
): CallResult {
  const { text } = stream;
  const told = call.logprobs === undefined ? {} : { logprobs };
  if (typeof reason !== 'string') return { ...errorResult(call, reason, text, usage), ...told };
  // A stop string may have been complete only with the last token's text.
  const finish = stream.isStopped && reason === 'length' ? 'stop' : reason;
  return { id: call.id, text, finish, usage, ...told };
}

/** How a call that did not fail ended. */
export type EndReason = Exclude<FinishReason, 'error'>;
