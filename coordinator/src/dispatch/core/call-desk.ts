import {
  type CallResult,
  type ChatMessage,
  HeliumError,
  isDeterministic,
  type TokenLogprob,
  type WorkerId,
} from '@helium/shared';
import { promptKey } from '../../cache/cache-key.ts';
import type { KnownResult } from '../../journal/run-records.ts';
import { decodingOf } from '../../plan/decoding.ts';
import { versionDigest } from '../../plan/model-version.ts';
import type { LlmOperator } from '../../plan/operator.ts';
import type { CacheDesk } from './cache-desk.ts';
import type { Effect, FailureCause } from './core-event.ts';
import type { Flights } from './flights.ts';
import { resultOf } from './known-results.ts';
import type { CacheMissReason, CallOwner, LiveCall } from './live-call.ts';
import { type LiveRun, placeOf } from './live-run.ts';
import type { LiveSchedule } from './live-schedule.ts';
import { MergeTable } from './merge-table.ts';
import type { PrefixUses } from './prefix-uses.ts';
import type { ReadyCalls } from './ready-calls.ts';
import { renderCall } from './render-call.ts';
import { decideAfterError, decideAfterLoss, type RetryDecision } from './retry-policy.ts';

/** What the desk reports to the runs. */
export interface CallObserver {
  nodeDone(run: LiveRun, node: number, text: string): void;
  runFailed(run: LiveRun, cause: FailureCause): void;
}

export interface CallDeskParts {
  readonly flights: Flights;
  readonly ready: ReadyCalls;
  readonly schedule: LiveSchedule;
  readonly prefixes: PrefixUses;
  readonly cache: CacheDesk;
  readonly observer: CallObserver;
  readonly push: (effect: Effect) => void;
  /** Whether results are to be kept for the day their runs are resumed. */
  readonly keepsResults: boolean;
}

/** What a call came to. */
interface Answer {
  readonly text: string;
  readonly logprobs: readonly TokenLogprob[] | undefined;
}

/** Where a call's answer came from when it was run. */
interface Ran {
  readonly worker: WorkerId;
  readonly result: CallResult;
}

type ResultSource = 'worker' | 'prompt-cache' | 'merged';

const NO_TOKENS = { promptTokens: 0, reusedTokens: 0, outputTokens: 0 };

/**
 * The life of calls: opened for a node, merged with an equal one, looked up, ready, answered or
 * failed. A call is never run twice at the same time, and every owner hears of its end once.
 */
export class CallDesk {
  readonly #parts: CallDeskParts;
  readonly #merges = new MergeTable();
  #opened = 0;

  constructor(parts: CallDeskParts) {
    this.#parts = parts;
  }

  /** A started call node whose inputs are done. Throws PROMPT_TOO_LONG when the prompt cannot be rendered. */
  open(run: LiveRun, node: number, operator: LlmOperator): void {
    const known = run.known(node);
    if (known !== undefined) {
      this.#recall(run, node, operator, known);
      return;
    }
    const mergeable = isMergeable(run, operator);
    const call = this.#make(run, node, operator, mergeable);
    if (call.key !== undefined && this.#join(run, node, call.key)) return;
    run.state(node).call = call;
    if (call.key !== undefined) this.#merges.open(scopeOf(run), call.key, call, run.id);
    if (call.state === 'looking-up') this.#parts.cache.lookUp(call);
    else if (!run.isNaive) this.#parts.ready.add(call);
  }

  /** The call was answered before the coordinator started anew. */
  #recall(run: LiveRun, node: number, operator: LlmOperator, known: KnownResult): void {
    const { text, logprobs } = known;
    const key = isMergeable(run, operator)
      ? keyOf(run, operator, renderCall({ run, node }))
      : undefined;
    if (key !== undefined) {
      this.#merges.know(scopeOf(run), key, run.id, text, logprobs);
      // It may have died before this was stored.
      if (operator.logprobs === undefined) this.#parts.cache.store([{ run, node }], text, key);
    }
    this.#endSlot(run, node);
    run.countKnown(known);
    this.#conclude({ run, node }, { text, logprobs }, known.source as ResultSource, undefined);
  }

  /** Hits are answers; misses are ready. */
  takeCacheAnswer(request: number, hits: ReadonlyMap<string, string>, reachable: boolean): void {
    for (const call of this.#parts.cache.takeAsked(request)) {
      const text = hits.get(call.key ?? '');
      if (text === undefined) {
        call.missReason = reachable ? 'absent' : 'unreachable';
        call.state = 'ready';
        this.#parts.ready.add(call);
      } else this.#answer(call, text, undefined);
    }
  }

  /** A worker's result for a call it had, and was perhaps asked to give back for another. */
  takeResult(
    call: LiveCall,
    worker: WorkerId,
    result: CallResult,
    recalledFor: WorkerId | undefined,
  ): void {
    if (result.finish === 'error') {
      call.failures += 1;
      call.failedOn.add(worker);
      const cause = result.error ?? { code: 'ENGINE_FAILED', message: 'failed without a cause' };
      this.#retry(call, decideAfterError(call, cause));
    } else if (result.finish === 'cancelled') {
      if (recalledFor === undefined) {
        call.failedOn.add(worker);
        this.takeLoss(call, `worker "${worker}" gave the call up`);
      } else this.#retry(call, { kind: 'retry' });
    } else {
      this.#answer(call, result.text, { worker, result });
    }
  }

  /** The worker that had the call is gone. */
  takeLoss(call: LiveCall, reason: string): void {
    call.losses += 1;
    this.#retry(call, decideAfterLoss(call, reason));
  }

  /** The run ended: its nodes own nothing any more. */
  leave(run: LiveRun): void {
    for (const node of run.callNodes) {
      this.#endSlot(run, node);
      this.#parts.schedule.end({ run: run.id, node });
      const call = run.state(node).call;
      if (call === undefined) continue;
      const led = call.owners[0]?.run === run;
      const others = call.owners.filter((owner) => owner.run !== run);
      call.owners.length = 0;
      // One by one: they may be more than a call takes arguments.
      for (const owner of others) call.owners.push(owner);
      const [leader] = call.owners;
      if (leader === undefined) this.#drop(call, run);
      else if (led && call.flight !== undefined) this.announceStart(leader, call.flight.worker);
    }
    this.#merges.release(run.id);
  }

  announceStart({ run, node }: CallOwner, worker: WorkerId): void {
    const { operator, rows } = run.node(node);
    const body = { kind: 'callStarted', operator, rows, worker } as const;
    this.#parts.push({ kind: 'emit', run: run.id, body });
  }

  /** Workers are asked to give these calls back; with `unlessBegun`, only those that wait. */
  recall(calls: readonly LiveCall[], unlessBegun: boolean): void {
    for (const [worker, own] of Map.groupBy(calls, ({ flight }) => flight?.worker)) {
      if (worker === undefined) continue;
      const ids = own.flatMap(({ flight }) => flight?.id ?? []);
      this.#parts.push({ kind: 'cancelCalls', worker, ids, unlessBegun });
    }
  }

  /** The call was sent: its owners' places are used. */
  endSlots(call: LiveCall): void {
    for (const { run, node } of call.owners) this.#endSlot(run, node);
  }

  #endSlot(run: LiveRun, node: number): void {
    const slot = this.#parts.schedule.take({ run: run.id, node });
    if (slot !== undefined) this.#parts.prefixes.end(slot);
  }

  #make(run: LiveRun, node: number, operator: LlmOperator, mergeable: boolean): LiveCall {
    const messages = renderCall({ run, node });
    const key = mergeable ? keyOf(run, operator, messages) : undefined;
    const isTextAll = operator.logprobs === undefined;
    this.#opened += 1;
    return {
      number: this.#opened,
      operator,
      characters: messages.reduce((sum, { content }) => sum + content.length, 0),
      cacheSalt: run.planned.cacheSalt,
      naive: run.isNaive,
      key,
      owners: [{ run, node }],
      state: key !== undefined && run.usesCache && isTextAll ? 'looking-up' : 'ready',
      flight: undefined,
      wasSent: false,
      recalls: 0,
      missReason: missReasonOf(run, key !== undefined),
      failures: 0,
      losses: 0,
      failedOn: new Set(),
    };
  }

  /** True when an equal call answers for the node, now or later. */
  #join(run: LiveRun, node: number, key: string): boolean {
    const entry = this.#merges.join(scopeOf(run), key, run.id);
    if (entry === undefined) return false;
    if (entry.kind === 'text') {
      if (entry.logprobs === undefined) this.#parts.cache.store([{ run, node }], entry.text);
      this.#endSlot(run, node);
      this.#deliver({ run, node }, entry, 'merged', undefined);
      return true;
    }
    const { call } = entry;
    call.owners.push({ run, node });
    run.state(node).call = call;
    if (call.state === 'ready') this.#parts.ready.add(call);
    else if (call.state === 'dispatched') this.#endSlot(run, node);
    return true;
  }

  #answer(call: LiveCall, text: string, ran: Ran | undefined): void {
    call.state = 'ended';
    const owners = [...call.owners];
    const [leader, ...followers] = owners;
    if (leader === undefined) return;
    this.endSlots(call);
    const logprobs = ran?.result.logprobs;
    if (call.key !== undefined) this.#merges.answer(scopeOf(leader.run), call.key, text, logprobs);
    if (call.key !== undefined && call.operator.logprobs === undefined) {
      this.#parts.cache.store(owners, text, ran === undefined ? undefined : call.key);
    }
    if (ran !== undefined) leader.run.countExecuted(ran.result.usage, call.missReason);
    const answer = { text, logprobs };
    const source = ran === undefined ? 'prompt-cache' : 'worker';
    this.#deliver(leader, answer, source, ran, call.missReason);
    for (const follower of followers) this.#deliver(follower, answer, 'merged', undefined);
  }

  #deliver(
    owner: CallOwner,
    answer: Answer,
    source: ResultSource,
    ran: Ran | undefined,
    missReason?: CacheMissReason,
  ): void {
    const { run } = owner;
    if (source === 'merged') run.countMerged();
    if (source === 'prompt-cache') run.countCached();
    if (this.#parts.keepsResults) {
      const usage = ran?.result.usage;
      const result = resultOf(owner, { ...answer, source, usage, missReason });
      this.#parts.push({ kind: 'keepResult', run: run.id, result });
    }
    this.#conclude(owner, answer, source, ran);
  }

  #conclude(
    { run, node }: CallOwner,
    { text, logprobs }: Answer,
    source: ResultSource,
    ran: Ran | undefined,
  ): void {
    const { operator, rows } = run.node(node);
    const { promptTokens, reusedTokens, outputTokens } = ran?.result.usage ?? NO_TOKENS;
    const tokens = { promptTokens, reusedTokens, outputTokens };
    const worker = ran?.worker ?? ('' as WorkerId);
    const cut = ran?.result.finish === 'length' ? { cut: true } : {};
    const told = { ...cut, ...(logprobs === undefined ? {} : { logprobs }) };
    const ended = { operator, rows, worker, source, ...tokens, ...told };
    const body = { kind: 'callFinished', ...ended } as const;
    run.state(node).logprobs = logprobs;
    this.#parts.push({ kind: 'emit', run: run.id, body });
    this.#parts.schedule.end({ run: run.id, node });
    this.#parts.observer.nodeDone(run, node, text);
  }

  #retry(call: LiveCall, decision: RetryDecision): void {
    if (decision.kind === 'retry') {
      call.state = 'ready';
      if (!call.naive) this.#parts.ready.add(call);
      return;
    }
    call.state = 'ended';
    const [leader] = call.owners;
    if (leader !== undefined && call.key !== undefined) {
      this.#merges.forget(scopeOf(leader.run), call.key);
    }
    for (const { run, node } of [...call.owners]) {
      const { code, message } = decision.cause;
      const error = new HeliumError(code, `${placeOf(run, node)}: ${message}`);
      this.#parts.observer.runFailed(run, { code: error.code, message: error.message });
    }
  }

  #drop(call: LiveCall, lastOwner: LiveRun): void {
    const { flight, state } = call;
    if (call.key !== undefined && state !== 'ended') {
      this.#merges.forget(scopeOf(lastOwner), call.key);
    }
    call.state = 'ended';
    this.#parts.ready.remove(call);
    if (flight !== undefined && this.#parts.flights.abandon(call)) {
      const ids = [flight.id];
      this.#parts.push({ kind: 'cancelCalls', worker: flight.worker, ids, unlessBegun: false });
    }
  }
}

function keyOf(run: LiveRun, operator: LlmOperator, messages: readonly ChatMessage[]): string {
  const modelDigest = versionDigest(operator.model);
  return promptKey(run.planned.tenant, { modelDigest, messages, ...decodingOf(operator) });
}

function isMergeable(run: LiveRun, { sampling }: LlmOperator): boolean {
  return !run.isNaive && isDeterministic(sampling);
}

/** Runs that bypass the prompt cache meet no other run's calls. */
function scopeOf(run: LiveRun): string {
  return run.usesCache ? `tenant ${run.planned.tenant}` : `run ${run.id}`;
}

/** Why the cache is not asked for a call, of which the text is `repeatable` or not. */
function missReasonOf(run: LiveRun, repeatable: boolean): CacheMissReason {
  if (!run.usesCache) return 'bypassed';
  return repeatable ? 'logprobs' : 'not_deterministic';
}
