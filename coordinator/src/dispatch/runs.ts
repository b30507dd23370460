import { randomUUID } from 'node:crypto';
import { HeliumError, type RunId, runId, type TenantId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import type { RunRequest } from '../journal/index.ts';
import { requireRuleNames } from '../optimizer/index.ts';
import {
  countCalls,
  DEFAULT_PLAN_LIMITS,
  type LogicalPlan,
  type Offer,
  validateWorkflow,
} from '../plan/index.ts';
import { requirePolicy } from '../scheduler/index.ts';
import type { Effect } from './core/core-event.ts';
import type { Dispatcher } from './dispatcher.ts';
import { explainRun, offerFor } from './explain-run.ts';
import { LiveRuns } from './live-runs.ts';
import { type AcceptedRun, type PlanningParts, plannedSummary, planRun } from './plan-run.ts';
import { PlanningQueue } from './planning-queue.ts';
import { requestHash } from './request-hash.ts';
import type { RestoredRun } from './restore-run.ts';
import { acceptAgain, ResumedRuns, requireSame } from './resumed-runs.ts';
import type { RunBook } from './run-book.ts';
import type { RunObserver } from './run-observer.ts';
import type {
  CreateRun,
  ExplainRun,
  Explanation,
  RunEvent,
  RunEventBody,
  RunPort,
  RunRecord,
} from './run-port.ts';
import { progressOf } from './run-progress.ts';
import type { RunRoom } from './run-room.ts';
import type { ScheduledRun } from './schedule-maker.ts';

export interface RunsParts extends PlanningParts {
  readonly dispatcher: Dispatcher;
  readonly book: RunBook;
  readonly room: RunRoom;
  readonly observer: RunObserver;
  readonly logger: Logger;
  /** Resolves after a turn of the event loop. */
  readonly turn: () => Promise<void>;
  /** Isolates a tenant's KV. */
  readonly cacheSaltOf: (tenant: TenantId) => string;
  /** Policy of runs that name none; '' for the scheduler's default. */
  readonly defaultPolicy: string;
  /** What look-ups take of late, ms, where that is too long. Default: it never is. */
  readonly slowCacheMs?: () => number | undefined;
  /** How long a resumed run waits for the weights that it was planned for where others are served, ms. */
  readonly absentWaitMs: number;
  /** Default: random ones. */
  readonly newRunId?: () => RunId;
}

/** Runs that may live at once. */
const LIVE_RUNS_MAX = 1000;

/** The API's door to runs: accepts, plans and follows them. */
export class Runs implements RunPort {
  readonly #parts: RunsParts;
  readonly #live: LiveRuns;
  /** Accepted, and not planned yet. */
  readonly #planning = new Set<RunId>();
  readonly #queue: PlanningQueue;
  /** Being journaled. */
  readonly #accepting = new Map<RunId, Promise<void>>();
  readonly #resumed: ResumedRuns;
  #draining = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: RunsParts) {
    this.#parts = parts;
    this.#queue = new PlanningQueue(parts.turn);
    this.#resumed = new ResumedRuns(parts);
    this.#live = new LiveRuns(parts);
  }

  /** What the scheduler needs to know of runs in execution, in order of acceptance. */
  get scheduled(): ReadonlyMap<RunId, ScheduledRun> {
    return this.#live.scheduled;
  }

  /** Whether a run is being planned or runs. */
  get isBusy(): boolean {
    return this.#planning.size + this.#live.scheduled.size > 0;
  }

  async createRun(request: CreateRun): Promise<RunRecord> {
    const { tenant, requestId, options } = request;
    const { book, room, clock, observer } = this.#parts;
    const contentHash = requestHash(request);
    const known = book.findRequest(tenant, requestId, contentHash);
    if (known !== undefined) {
      await this.#accepting.get(known.id);
      return known;
    }
    this.#assertOpen();
    const models = this.#parts.catalog.names;
    const logical = validate(request, { models, functions: this.#parts.functions.describe() });
    const id = this.#parts.newRunId?.() ?? runId(randomUUID());
    const { traceparent } = request;
    const workflowName = logical.name;
    const rowCount = request.rows.length;
    const calls = logical.submittedCalls * rowCount;
    room.check(calls);
    const record = book.open({ tenant, id, workflowName, rowCount }, requestId, contentHash);
    room.take(id, calls);
    await this.#keep(id, { requestId, contentHash }, { ...request, models });
    observer.accepted(id, workflowName, rowCount, traceparent);
    const run: AcceptedRun = {
      id,
      tenant,
      logical,
      options,
      cacheSalt: this.#parts.cacheSaltOf(tenant),
      acceptedAt: clock.now(),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    this.#planning.add(id);
    this.#queue.add(() => this.#plan(run));
    return record;
  }

  checkRun(request: CreateRun): void {
    const logical = validate(request, offerFor(request.workflow.operators, this.#parts));
    this.#parts.room.check(logical.submittedCalls * request.rows.length);
  }

  getRun(tenant: TenantId, id: RunId): RunRecord {
    return this.#parts.book.get(tenant, id);
  }

  listRuns(tenant: TenantId): readonly RunRecord[] {
    return this.#parts.book.list(tenant);
  }

  /** Kept before the answer: what a client was told is so after a new start. */
  async #keep(
    id: RunId,
    head: Parameters<RunBook['keep']>[1],
    { workflow, rows, options, models, traceparent }: RunRequest,
  ): Promise<void> {
    const traced = traceparent === undefined ? {} : { traceparent };
    const kept = this.#parts.book.keep(id, head, { workflow, rows, options, models, ...traced });
    this.#accepting.set(id, kept);
    try {
      await kept;
    } catch (error) {
      this.#parts.room.giveBack(id);
      throw error;
    } finally {
      this.#accepting.delete(id);
    }
  }

  /** Goes on with runs of before this coordinator started, in order of acceptance. */
  resume(runs: readonly RestoredRun[]): void {
    for (const run of runs) if (!run.isEnded) this.#resume(run);
    this.modelsChanged();
    this.#resumed.watchDeadlines(({ id, options: { deadlineMs } }) => {
      const message = `the run was not done ${deadlineMs} ms after it was accepted`;
      this.#endUnplanned(id, 'failed', 'DEADLINE_PASSED', message);
    });
  }

  #resume(restored: RestoredRun): void {
    const { id, workflowName, rowCount } = restored.head;
    const { room, observer } = this.#parts;
    this.#planning.add(id);
    try {
      const run = acceptAgain(restored, this.#parts);
      observer.accepted(id, workflowName, rowCount, run.traceparent);
      room.take(id, run.logical.submittedCalls * rowCount);
      this.#resumed.add(run);
    } catch (thrown) {
      const { code, message } = HeliumError.from(thrown);
      this.#endUnplanned(id, 'failed', code, `the run cannot be resumed: ${message}`);
    }
  }

  /** A worker came: resumed runs of which all models are served now are planned. */
  modelsChanged(): void {
    for (const run of this.#resumed.takeServed()) this.#queue.add(() => this.#plan(run));
    this.#resumed.watchWeights(({ id }, { code, message }) =>
      this.#endUnplanned(id, 'failed', code, message),
    );
  }

  /** Resolves when the dispatcher knows of every run whose turn to be planned has come. */
  planned(): Promise<void> {
    return this.#queue.settled();
  }

  async cancelRun(tenant: TenantId, id: RunId, reason: string): Promise<RunRecord> {
    const { book, dispatcher } = this.#parts;
    book.get(tenant, id);
    const message = reason === '' ? 'cancelled by its client' : reason;
    if (this.#planning.has(id)) this.#endUnplanned(id, 'cancelled', 'RUN_CANCELLED', message);
    else dispatcher.post({ kind: 'cancelRun', run: id, reason: message });
    await book.settled();
    return book.get(tenant, id);
  }

  watchRun(
    tenant: TenantId,
    id: RunId,
    cursor: number,
    signal: AbortSignal,
  ): AsyncIterable<RunEvent> {
    return this.#parts.book.log(tenant, id).read(cursor, signal);
  }

  async explainRun(request: ExplainRun): Promise<Explanation> {
    return explainRun(request, this.#parts);
  }

  /**
   * To be told of every event of a run: what it teaches, and when the run is over. `isAgain`: it was told before the
   * coordinator started anew, and taught then.
   */
  observe(id: RunId, body: RunEventBody, isAgain = false): void {
    if (!this.#live.scheduled.has(id)) return;
    if (body.kind === 'finished') this.#forget(id);
    else this.#live.learn(id, body, isAgain);
  }

  /** Plans what a node of a live run becomes and tells the dispatcher. */
  expand(effect: Extract<Effect, { kind: 'expandNode' }>): Promise<void> {
    return this.#live.expand(effect);
  }

  /** Takes no new runs; resolves when none is live, or at the signal. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    const { book } = this.#parts;
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    while (!signal.aborted) {
      const idle = new Promise<void>((resolve) => void this.#onIdle.push(resolve));
      await Promise.race([book.settled(), aborted]);
      if (book.liveCount === 0) return;
      await Promise.race([idle, aborted]);
    }
  }

  async #plan(run: AcceptedRun): Promise<void> {
    const { id, options } = run;
    const { prompts, dispatcher, book, observer, room } = this.#parts;
    // Cancelled while it waited.
    if (!this.#planning.has(id)) return;
    try {
      requireSame(run, this.#parts);
      const made = await planRun(run, this.#parts);
      const { planned, plan, basis } = made;
      if (!this.#planning.has(id)) {
        prompts.removeRun(id);
        return;
      }
      room.grow(id, countCalls(plan));
      const summary = plannedSummary(plan, planned.planMs);
      this.#live.add(run, made, options.policy === '' ? this.#parts.defaultPolicy : options.policy);
      if (run.past?.basis === undefined) book.note(id, { kind: 'planned', basis });
      const body = { kind: 'planned', summary, operators: progressOf(plan.nodes) } as const;
      if (!book.wasDelivered(id, body)) {
        observer.planned(id, summary);
        book.append(id, body);
      }
      this.#planning.delete(id);
      dispatcher.post({ kind: 'runPlanned', run: planned });
    } catch (thrown) {
      const { code, message } = HeliumError.from(thrown);
      prompts.removeRun(id);
      if (code === 'INVARIANT_BROKEN') {
        this.#parts.logger.error('a run could not be planned', { run: id, error: thrown });
      }
      this.#endUnplanned(id, 'failed', code, message);
    }
  }

  #endUnplanned(id: RunId, state: 'failed' | 'cancelled', code: string, message: string): void {
    if (!this.#planning.delete(id)) return;
    const { book, observer } = this.#parts;
    const summary = book.summary(id);
    const body = { kind: 'finished', state, summary, error: { code, message } } as const;
    observer.emitted(id, body);
    book.append(id, body);
    this.#forget(id);
  }

  #forget(id: RunId): void {
    this.#live.remove(id);
    this.#parts.room.giveBack(id);
    // The record of the run's end is written right after this.
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const wake of waiting) queueMicrotask(wake);
  }

  #assertOpen(): void {
    if (this.#draining) {
      throw new HeliumError('UNREACHABLE', 'the coordinator is shutting down; try again elsewhere');
    }
    const { liveCount } = this.#parts.book;
    if (liveCount < LIVE_RUNS_MAX) return;
    const message = `${liveCount} runs are live, the coordinator takes ${LIVE_RUNS_MAX}`;
    throw new HeliumError('QUEUE_FULL', message);
  }
}

/** Throws for what is wrong with a request, whatever else is going on. */
function validate({ workflow, rows, options }: CreateRun, offer: Offer): LogicalPlan {
  requirePolicy(options.policy);
  requireRuleNames(options.disabledRules);
  return validateWorkflow(workflow, rows, offer, DEFAULT_PLAN_LIMITS);
}
