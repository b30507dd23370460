import type {
  Call,
  CallId,
  ErrorCode,
  ExpansionOutcome,
  OperatorId,
  PrefixDirective,
  RunId,
  SequenceBlockHash,
  TenantId,
  WorkerId,
  WorkerIdentity,
} from '@helium/shared';
import type { CacheEntry } from '../../cache/prompt-cache.ts';
import type { KnownResult } from '../../journal/run-records.ts';
import type { PhysicalNode, PhysicalPlan, PlanCounts } from '../../plan/physical-plan.ts';
import type { OperatorProgress, RunEventBody, RunOptions } from '../run-port.ts';
import type { WorkerEvent } from '../worker-port.ts';
import type { AbsentVersion } from './absent-versions.ts';

/** Everything that happens to the dispatcher's core. Time comes with each, beside it. */
export type CoreEvent =
  | { readonly kind: 'runPlanned'; readonly run: PlannedRun }
  | { readonly kind: 'cancelRun'; readonly run: RunId; readonly reason: string }
  | {
      readonly kind: 'workerAttached';
      readonly identity: WorkerIdentity;
      readonly epoch: number;
    }
  /** Ignored when the epoch is not the worker's present one. */
  | {
      readonly kind: 'workerSaid';
      readonly worker: WorkerId;
      readonly epoch: number;
      readonly event: Exclude<WorkerEvent, { kind: 'attached' }>;
    }
  | { readonly kind: 'drainWorker'; readonly worker: WorkerId }
  /** Answers `lookupPrompts`; keys absent from `hits` are misses. */
  | {
      readonly kind: 'cacheAnswer';
      readonly request: number;
      readonly hits: ReadonlyMap<string, string>;
      readonly reachable: boolean;
    }
  | {
      readonly kind: 'functionDone';
      readonly run: RunId;
      readonly node: number;
      readonly text: string;
    }
  | {
      readonly kind: 'functionFailed';
      readonly run: RunId;
      readonly node: number;
      readonly error: FailureCause;
    }
  /** Answers `expandNode`. */
  | {
      readonly kind: 'nodeExpanded';
      readonly run: RunId;
      readonly node: number;
      readonly expanded: ExpandedNode;
    }
  | {
      readonly kind: 'expansionFailed';
      readonly run: RunId;
      readonly node: number;
      readonly error: FailureCause;
    }
  /**
   * Answers `requestSchedule`, always: with an empty schedule when none can be made. A large one comes in
   * parts of the same version, of which all but the last are said to be parts; anything may happen between.
   */
  | {
      readonly kind: 'scheduleMade';
      readonly schedule: MadeSchedule;
      readonly isPart?: boolean;
    }
  /** Answers `requestPlaces`: places beside those that there are. Others follow those that are a part. */
  | {
      readonly kind: 'callsPlaced';
      readonly workers: readonly WorkerSequence[];
      readonly isPart?: boolean;
    }
  /**
   * Answers `improveSchedule`, always: the places that are left, in a better order, of all workers of a
   * model; none where nothing better was found.
   */
  | {
      readonly kind: 'scheduleImproved';
      readonly generation: number;
      readonly workers: readonly WorkerSequence[];
    }
  /** Answers `requestTurn`. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'tick' };

/** What the core asks its shell to do, in order. */
export type Effect =
  /** `leaders`: by place in `calls`, the node each counts for. */
  | {
      readonly kind: 'sendBatch';
      readonly worker: WorkerId;
      readonly calls: readonly Call[];
      readonly leaders: readonly NodeRef[];
    }
  | {
      readonly kind: 'sendDirectives';
      readonly worker: WorkerId;
      readonly directives: readonly PrefixDirective[];
    }
  /** `unlessBegun`: calls that run already go on. */
  | {
      readonly kind: 'cancelCalls';
      readonly worker: WorkerId;
      readonly ids: readonly CallId[];
      readonly unlessBegun: boolean;
    }
  | { readonly kind: 'requestSnapshot'; readonly worker: WorkerId }
  | { readonly kind: 'drainWorker'; readonly worker: WorkerId }
  /** It drains and is needed until these runs are done. `asks`: it waits to be told so. */
  | {
      readonly kind: 'keepWorker';
      readonly worker: WorkerId;
      readonly runs: readonly RunId[];
      readonly asks: boolean;
    }
  /** The attachment is over: its calls went back. */
  | {
      readonly kind: 'closeWorker';
      readonly worker: WorkerId;
      readonly epoch: number;
      readonly reason: string;
    }
  /** The worker answered none of its last calls: it gets no more for so long. Nothing is to be done. */
  | {
      readonly kind: 'workerEjected';
      readonly worker: WorkerId;
      readonly epoch: number;
      readonly ms: number;
      readonly reason: string;
    }
  /** It answers again. */
  | { readonly kind: 'workerTakenBack'; readonly worker: WorkerId; readonly epoch: number }
  /** Runs wait for weights that others took the place of, for so long. Nothing is to be done. */
  | ({ readonly kind: 'versionAbsent'; readonly waitMs: number } & AbsentVersion)
  | {
      readonly kind: 'lookupPrompts';
      readonly request: number;
      readonly tenant: TenantId;
      readonly keys: readonly string[];
    }
  /** `runs`: those whose end waits until this is stored. */
  | {
      readonly kind: 'storeResults';
      readonly tenant: TenantId;
      readonly runs: readonly RunId[];
      readonly entries: readonly CacheEntry[];
    }
  | {
      readonly kind: 'runFunction';
      readonly run: RunId;
      readonly node: number;
      readonly name: string;
      readonly args: Readonly<Record<string, string>>;
    }
  /** The node's inputs are known: `texts` by referenced operator. */
  | {
      readonly kind: 'expandNode';
      readonly run: RunId;
      readonly node: number;
      readonly texts: ReadonlyMap<OperatorId, string>;
    }
  /** More nodes are to start than one turn of the event loop takes: it turns before the next. One at a time. */
  | { readonly kind: 'requestTurn' }
  | { readonly kind: 'requestSchedule'; readonly version: number }
  /** Calls have no place while others do, or a schedule is still being made: a quick one serves. */
  | { readonly kind: 'requestPlaces' }
  /**
   * The places of the schedule in force may be put in a better order; `generation` names what they are
   * the places of. About `budgetMs` of a core.
   */
  | {
      readonly kind: 'improveSchedule';
      readonly generation: number;
      readonly budgetMs: number;
    }
  | { readonly kind: 'emit'; readonly run: RunId; readonly body: RunEventBody }
  /** What a node came to, for the day the run is resumed; before the event that tells of it. */
  | { readonly kind: 'keepResult'; readonly run: RunId; readonly result: KnownResult }
  /** A mistake of ours failed the run: keep the journal. */
  | { readonly kind: 'keepJournal'; readonly run: RunId; readonly journal: string };

/** An error as data. */
export interface FailureCause {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A run ready to be executed. Its operators name their models by version. */
export interface PlannedRun {
  readonly id: RunId;
  readonly tenant: TenantId;
  readonly plan: PhysicalPlan;
  readonly options: RunOptions;
  /** Isolates the tenant's KV. */
  readonly cacheSalt: string;
  /** Node → key under which its text is stored besides its rendered prompt's. */
  readonly derivationKeys: ReadonlyMap<number, string>;
  /** Steady time, ms. */
  readonly acceptedAt: number;
  readonly planMs: number;
  readonly traceparent?: string;
  /** What nodes came to before the coordinator started anew, by `nodeKey`: they are not run again. */
  readonly known?: ReadonlyMap<string, KnownResult>;
}

/** What a node became: nodes that go behind all others of the run. */
export interface ExpandedNode {
  readonly outcome: ExpansionOutcome;
  /** Number of the first of them; the others follow. */
  readonly first: number;
  /** In the run's numbers; they refer to each other only. */
  readonly nodes: readonly PhysicalNode[];
  /** The one whose text is that of the expanded node. */
  readonly result: number;
  readonly counts: PlanCounts;
  readonly operators: readonly OperatorProgress[];
  /** As a planned run's, for these nodes. */
  readonly derivationKeys: ReadonlyMap<number, string>;
}

/** A call node of a live run. */
export interface NodeRef {
  readonly run: RunId;
  readonly node: number;
}

/** The live part of all runs, placed and ordered. */
export interface MadeSchedule {
  /** Of the request it answers. */
  readonly version: number;
  readonly workers: readonly WorkerSequence[];
}

/** What one worker is to run, in order. */
export interface WorkerSequence {
  readonly worker: WorkerId;
  readonly places: readonly Place[];
  /** How strictly the worker is held to it; absent: best effort. */
  readonly execution?: SequenceExecution;
}

/** `PROBLEM.md` section 5, of one worker. */
export interface SequenceExecution {
  /** Each call waits for its turn, blocked or not. */
  readonly ordered: boolean;
  /** A group of places starts when those before it have ended. */
  readonly barrier: boolean;
  /** Calls in flight at most, where that is fewer than the worker takes. */
  readonly inFlightMax: number;
}

/** A call's place in a worker's sequence. */
export interface Place extends NodeRef {
  /** Static prefixes of its prompt that others share, shortest first. One object per prefix. */
  readonly prefixes: readonly StaticPrefix[];
  /** Output tokens expected, and their standard deviation. */
  readonly outputTokens: number;
  readonly outputSpread: number;
  /** Prompt tokens expected. */
  readonly promptTokens: number;
  /** Of `barrier`; grows along the sequence. */
  readonly group: number;
}

/** The static start of prompts, known before anything ran. */
export interface StaticPrefix {
  readonly tokens: Int32Array;
  readonly cacheSalt: string;
  /** Of its whole blocks; at least one. */
  readonly hashes: readonly SequenceBlockHash[];
}
