import type {
  Call,
  CallDelta,
  CallId,
  CallResult,
  HeliumError,
  NumberedResidencyEvent,
  PrefixDirective,
  ResidencySnapshot,
  StepTotals,
} from '@helium/shared';
import type { EngineLoad } from '../engine/engine.ts';

/** What a worker says to the coordinator. */
export type WorkerMessage =
  | { readonly kind: 'heartbeat'; readonly load: WorkerLoad }
  | { readonly kind: 'credits'; readonly calls: number }
  | { readonly kind: 'deltas'; readonly deltas: readonly CallDelta[] }
  | { readonly kind: 'results'; readonly results: readonly CallResult[] }
  | { readonly kind: 'residency'; readonly events: readonly NumberedResidencyEvent[] }
  | { readonly kind: 'snapshot'; readonly snapshot: ResidencySnapshot }
  | {
      readonly kind: 'prefetched';
      readonly residentTokens: number;
      readonly computedTokens: number;
    }
  | { readonly kind: 'draining'; readonly reason: string; readonly mayStay: boolean };

/** What the coordinator says to a worker. */
export type CoordinatorMessage =
  | { readonly kind: 'batch'; readonly calls: readonly Call[] }
  | { readonly kind: 'directives'; readonly directives: readonly PrefixDirective[] }
  | { readonly kind: 'cancel'; readonly ids: readonly CallId[]; readonly unlessBegun: boolean }
  | { readonly kind: 'snapshotRequest' }
  | { readonly kind: 'drain' }
  /** Answers `draining`. */
  | { readonly kind: 'stay' };

/** What a heartbeat says. */
export interface WorkerLoad extends EngineLoad {
  /** Highest delay of this thread's event loop since the last heartbeat, ms. */
  readonly loopDelayMs: number;
  /** Computed ahead of calls since the worker started, by prefetches that ended. */
  readonly prefetchedTokens: number;
  /** Absent where the worker does not say it. */
  readonly steps?: StepTotals;
}

/**
 * The worker's end of one attachment: domain words in and out. A gRPC stream implements it; the
 * simulation implements it in memory.
 */
export interface CoordinatorPort {
  readonly epoch: number;
  readonly heartbeatIntervalMs: number;
  /** False: taken, but no more until `writable`. */
  send(message: WorkerMessage): boolean;
  /** Called once, before the first `send`. */
  listen(listener: CoordinatorListener): void;
  /** Ends the attachment from this side once all was sent; `lost` follows no more. */
  close(): Promise<void>;
}

export interface CoordinatorListener {
  message(message: CoordinatorMessage): void;
  /** The stream takes messages again. */
  writable(): void;
  /** The attachment is over; the error says why. Last and once. */
  lost(error: HeliumError): void;
}

/** Opens an attachment. Rejects with a HeliumError that says why not. */
export type DialCoordinator = (signal: AbortSignal) => Promise<CoordinatorPort>;
