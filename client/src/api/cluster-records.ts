/** Life of a worker's attachment: takes calls; gets none, since it missed heartbeats or failed its calls; ends. */
export type WorkerState = 'ready' | 'suspected' | 'ejected' | 'draining';

/** An attached worker as it stands. */
export interface WorkerRecord {
  readonly id: string;
  readonly state: WorkerState;
  /** Why it is ejected, or gets one call at a time after that; empty for others. */
  readonly stateReason: string;
  /** Served model's name. */
  readonly model: string;
  /** Hex SHA-256 of weights, quantization, tokenizer and template. */
  readonly modelDigest: string;
  /** "onnx", "vllm" or "sim". */
  readonly engine: string;
  /** For people. */
  readonly device: string;
  /** Generation of the attachment; grows each time that a worker of this id attaches. */
  readonly epoch: number;
  /** In the running batch, by the last heartbeat, as are queuedCalls, kvTokensUsed and prefetchedTokens. */
  readonly runningCalls: number;
  /** Waiting at the worker. */
  readonly queuedCalls: number;
  /** Assigned here by the schedule, not sent yet: at this moment, by the coordinator. */
  readonly scheduledCalls: number;
  /** KV tokens that fit. */
  readonly kvTokens: number;
  /** KV tokens in use. */
  readonly kvTokensUsed: number;
  /** Calls that ended with a text since it attached; counted by the coordinator, as are the next two. */
  readonly finishedCalls: number;
  /** Of finished calls: prompt tokens. */
  readonly promptTokens: number;
  /** Of these, found resident. */
  readonly reusedTokens: number;
  /** Prompt tokens that it computed ahead of calls since it started, beside those of calls. */
  readonly prefetchedTokens: number;
  /** Helium version. */
  readonly version: string;
}

/** What a worker's KV cache holds, as the coordinator believes. */
export interface ResidencyRecord {
  /** Generation of the attachment. */
  readonly epoch: number;
  /** Number of the last event applied; 0 for none. */
  readonly sequence: number;
  /** Tokens of a block. */
  readonly blockTokens: number;
  /** Resident blocks, whether or not they are listed below. */
  readonly blockCount: number;
  /** From the root outwards, parents first; the first 10,000. */
  readonly blocks: readonly ResidentBlock[];
}

/** A resident block; hashes as 32 hex digits. */
export interface ResidentBlock {
  readonly hash: string;
  /** Of the block before it; absent for the root. */
  readonly parent?: string;
}

/** The prompt cache's counters, of the caller's tenant. */
export interface PromptCacheStatistics {
  /** "redis" or "sqlite". */
  readonly store: string;
  /** Whether the store answered last time. */
  readonly reachable: boolean;
  /** Results held; 0 where the store does not answer. In Redis a count made while keys come and go. */
  readonly entries: number;
  /** Their size in the store, bytes; as exact as entries. */
  readonly bytes: number;
  /** Found, since this coordinator started, as all that follows. */
  readonly hits: number;
  /** Not found. */
  readonly misses: number;
  /** Stored. */
  readonly stores: number;
  /** Round trips that failed and were answered as misses. */
  readonly errors: number;
  /** Entries whose authentication code did not verify, answered as misses. */
  readonly rejected: number;
}

/** What one worker did for a prefix. */
export interface WarmedWorker {
  /** Worker's id. */
  readonly worker: string;
  /** Tokens of the prefix that are resident now, in whole blocks. */
  readonly residentTokens: number;
  /** Of these, computed for it. */
  readonly computedTokens: number;
}

/** What runs may choose from. */
export interface Capabilities {
  /** Helium version of the coordinator. */
  readonly version: string;
  /** Scheduling policies; the first is the default. */
  readonly policies: readonly Named[];
  /** Optimizer rules in order. */
  readonly rules: readonly Named[];
  /** Installed functions. */
  readonly functions: readonly Named[];
  /** Served models. */
  readonly models: readonly Named[];
}

/** A name with a sentence. */
export interface Named {
  readonly name: string;
  readonly description: string;
}
