import type {
  Call,
  CallDelta,
  CallId,
  CallResult,
  NumberedResidencyEvent,
  PrefixDirective,
  ResidencySnapshot,
  StepTotals,
  WorkerIdentity,
} from '@helium/shared';
import type { ReportedLoad } from '../cluster/index.ts';

/**
 * How the dispatcher speaks with one attached worker. The gRPC stream implements it in `api/`; the
 * simulation implements it in memory. Epochs number attachments: what is said under an old one is refused.
 */
export interface WorkerPort {
  readonly identity: WorkerIdentity;
  readonly epoch: number;
  /** In schedule order. The caller keeps within the worker's credits. */
  sendBatch(calls: readonly Call[]): void;
  sendDirectives(directives: readonly PrefixDirective[]): void;
  /** `unlessBegun`: only those that wait; the others go on. */
  cancel(ids: readonly CallId[], unlessBegun: boolean): void;
  requestSnapshot(): void;
  /** The worker finishes what it has and detaches. */
  drain(): void;
  /** A worker that drains and may stay takes calls until `drain`. */
  stay(): void;
  /** Ends the attachment; `lost` events follow no more. */
  close(reason: string): void;
}

/** What an attached worker says, already decoded and of the current epoch. */
export type WorkerEvent =
  | { readonly kind: 'attached'; readonly port: WorkerPort }
  /** So many calls more than it was granted before; a worker starts with none. */
  | { readonly kind: 'credits'; readonly calls: number }
  | { readonly kind: 'delta'; readonly delta: CallDelta }
  | { readonly kind: 'result'; readonly result: CallResult }
  | { readonly kind: 'residency'; readonly events: readonly NumberedResidencyEvent[] }
  | { readonly kind: 'snapshot'; readonly snapshot: ResidencySnapshot }
  | { readonly kind: 'heartbeat'; readonly load: WorkerLoad }
  /** It wants no more calls. `mayStay`: it waits to be told to stay or to go. */
  | { readonly kind: 'draining'; readonly mayStay: boolean }
  | {
      readonly kind: 'prefetched';
      readonly residentTokens: number;
      readonly computedTokens: number;
    }
  /** The stream is gone; `reason` is for people. `isLetGo`: because the coordinator shuts down. */
  | { readonly kind: 'lost'; readonly reason: string; readonly isLetGo?: boolean };

/** What a heartbeat says. */
export interface WorkerLoad extends ReportedLoad {
  /** Absent where the worker does not say it. */
  readonly steps?: StepTotals;
}
