import type {
  ModelDigest,
  SequenceBlockHash,
  TenantId,
  WorkerId,
  WorkerIdentity,
} from '@helium/shared';
import type { TokenizerSpec } from '@helium/shared/tokenizer';
import type { CacheStatistics } from '../cache/prompt-cache.ts';
import type { RunPort } from './run-port.ts';
import type { WorkerEvent, WorkerPort } from './worker-port.ts';

/** Everything `api/` is given. `createCoordinator` (coordinator.ts) makes one. */
export interface CoordinatorPorts {
  readonly runs: RunPort;
  readonly workers: WorkerDoor;
  readonly cluster: ClusterPort;
}

/**
 * The workers' side of the door between `api/` and `dispatch/`. The order for one stream: `admit` with
 * what Hello said, answer Welcome, `addTokenizer` if it was asked for, then `attach` with the port; the
 * function it returns takes everything the worker says from then on.
 */
export interface WorkerDoor {
  /**
   * Decides on a worker's hello. A second attachment of a worker id ends the first (its port is closed). A worker whose
   * model's name is served with another digest is taken in: a run keeps to the digest that it was planned with.
   */
  admit(identity: WorkerIdentity): AttachDecision;
  /** Takes a worker's tokenizer; needed before `attach` when the decision asked for it. Throws MODEL_INVALID. */
  addTokenizer(digest: string, spec: TokenizerSpec): void;
  /**
   * The attachment stands. Events are taken in order, `lost` last and once; `attached` is not to be
   * sent. Throws EPOCH_STALE when a later attachment of the worker was admitted meanwhile.
   */
  attach(port: WorkerPort): (event: WorkerEvent) => void;
}

export interface AttachDecision {
  /** Generation of this worker's attachment; grows from attachment to attachment. */
  readonly epoch: number;
  readonly heartbeatIntervalMs: number;
  /** Whether the coordinator has no tokenizer of that digest. */
  readonly sendTokenizer: boolean;
}

/** What the ClusterService asks of the coordinator. */
export interface ClusterPort {
  /** By id. */
  listWorkers(): readonly WorkerRecord[];
  /** Throws WORKER_UNKNOWN. Blocks: parents first, up to `limit`. */
  residency(worker: WorkerId, limit: number): ResidencyRecord;
  /** Asks the worker to finish what it has and detach. Throws WORKER_UNKNOWN. */
  drainWorker(worker: WorkerId): WorkerRecord;
  promptCacheStatistics(tenant: TenantId): Promise<CacheStatistics>;
  /** Empties the tenant's part; returns how many entries went. */
  clearPromptCache(tenant: TenantId): Promise<number>;
  /**
   * Computes the start of prompts with this system message on every worker of the model; resolves once
   * it is resident everywhere, or after a time-out with what is. `model` '' names the only one served.
   * Throws MODEL_NOT_SERVED.
   */
  warmPrefix(request: WarmPrefix): Promise<readonly WarmedWorker[]>;
  capabilities(): Capabilities;
}

export type WorkerState = 'ready' | 'suspected' | 'ejected' | 'draining';

export interface WorkerRecord {
  readonly id: WorkerId;
  readonly state: WorkerState;
  /** Why it is ejected, or gets one call at a time; empty for others. */
  readonly stateReason: string;
  readonly model: string;
  readonly modelDigest: ModelDigest;
  readonly engine: string;
  readonly device: string;
  readonly epoch: number;
  readonly runningCalls: number;
  readonly queuedCalls: number;
  /** Assigned here by the schedule, not sent yet. */
  readonly scheduledCalls: number;
  readonly kvTokens: number;
  readonly kvTokensUsed: number;
  /** Since it attached. */
  readonly finishedCalls: number;
  /** Of finished calls. */
  readonly promptTokens: number;
  /** Of these, found resident. */
  readonly reusedTokens: number;
  /** Computed ahead of calls since the worker started, beside those of calls. */
  readonly prefetchedTokens: number;
  readonly version: string;
}

export interface ResidencyRecord {
  readonly epoch: number;
  /** The last event applied. */
  readonly sequence: number;
  readonly blockTokens: number;
  readonly blockCount: number;
  readonly blocks: readonly {
    readonly hash: SequenceBlockHash;
    readonly parent?: SequenceBlockHash;
  }[];
}

export interface WarmPrefix {
  readonly tenant: TenantId;
  readonly model: string;
  /** The system message with which prompts start. */
  readonly system: string;
  readonly pin: boolean;
}

export interface WarmedWorker {
  readonly worker: WorkerId;
  readonly residentTokens: number;
  /** Of these, computed for this request. */
  readonly computedTokens: number;
}

/** What runs may choose from. */
export interface Capabilities {
  readonly version: string;
  /** The first is the default. */
  readonly policies: readonly Named[];
  /** In order of application. */
  readonly rules: readonly Named[];
  readonly functions: readonly Named[];
  readonly models: readonly Named[];
}

export interface Named {
  readonly name: string;
  readonly description: string;
}
