import type { CallId, WorkerId } from '@helium/shared';
import type { LlmOperator } from '../../plan/operator.ts';
import type { Place } from './core-event.ts';
import type { LiveRun } from './live-run.ts';

/** A node that waits for a call. */
export interface CallOwner {
  readonly run: LiveRun;
  readonly node: number;
}

/**
 * One LLM call that nodes of live runs wait for. The first owner is the one it counts for; the others
 * were merged into it. Owners leave when their run ends; a call without owners is dropped.
 */
export interface LiveCall {
  /** Order of creation. */
  readonly number: number;
  readonly operator: LlmOperator;
  /** UTF-16 units of its prompt. The text itself is not kept: many calls wait, and each may quote megabytes. */
  readonly characters: number;
  readonly cacheSalt: string;
  readonly naive: boolean;
  /** Rendered prompt's key; undefined when the call may not be merged or cached. */
  readonly key: string | undefined;
  readonly owners: CallOwner[];
  /** looking-up → ready ⇄ dispatched → ended. */
  state: 'looking-up' | 'ready' | 'dispatched' | 'ended';
  flight: Flight | undefined;
  /** A worker had it: it waits for no schedule any more. */
  wasSent: boolean;
  /** Times it was asked back. */
  recalls: number;
  /** Why the prompt cache did not answer. */
  missReason: CacheMissReason;
  /** Errors reported by workers, and workers lost under it. */
  failures: number;
  losses: number;
  readonly failedOn: Set<WorkerId>;
}

export type CacheMissReason =
  | 'absent'
  | 'not_deterministic'
  | 'logprobs'
  | 'bypassed'
  | 'unreachable';

/** One sending of a call to a worker. */
export interface Flight {
  readonly id: CallId;
  readonly worker: WorkerId;
  readonly order: number;
  /** Token time expected of it. */
  readonly work: number;
  /** When it was sent; steady time, ms. */
  readonly at: number;
  /** What `WorkerSpeeds.workClock` was then. */
  readonly clockAt: number;
  /** Its place in the schedule until then. */
  readonly place: Place | undefined;
  /** What `Flights.companyMs` was then. */
  readonly companyMs: number;
  /** Whether there was an open place in the batch, so that it began at once. */
  readonly ranAtOnce: boolean;
  /** The idle worker that it is asked back for. */
  recalledFor: WorkerId | undefined;
}
