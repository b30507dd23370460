import { randomUUID } from 'node:crypto';
import { HeliumError, type RunId, runId, type TenantId } from '@helium/shared';
import type { Logger } from '@helium/shared/telemetry';
import { requireRuleNames } from '../optimizer/index.ts';
import {
  DEFAULT_PLAN_LIMITS,
  type LlmOperator,
  type NodePlan,
  validateWorkflow,
} from '../plan/index.ts';
import { requirePolicy } from '../scheduler/index.ts';
import type { Dispatcher } from './dispatcher.ts';
import { explainRun } from './explain-run.ts';
import { type AcceptedRun, type PlanningParts, plannedSummary, planRun } from './plan-run.ts';
import { requestHash } from './request-hash.ts';
import type { RunBook } from './run-book.ts';
import type { RunObserver } from './run-observer.ts';
import type {
  CreateRun,
  ExplainRun,
  Explanation,
  OperatorProgress,
  RunEvent,
  RunEventBody,
  RunPort,
  RunRecord,
} from './run-port.ts';
import type { ScheduledRun } from './schedule-maker.ts';

export interface RunsParts extends PlanningParts {
  readonly dispatcher: Dispatcher;
  readonly book: RunBook;
  readonly observer: RunObserver;
  readonly logger: Logger;
  /** Isolates a tenant's KV. */
  readonly cacheSaltOf: (tenant: TenantId) => string;
  /** Policy of runs that name none; '' for the scheduler's default. */
  readonly defaultPolicy: string;
  /** Default: random ones. */
  readonly newRunId?: () => RunId;
}

/** Runs that may live at once. */
const LIVE_RUNS_MAX = 1000;

interface LiveRunFacts extends ScheduledRun {
  readonly workflow: string;
  readonly plan: NodePlan;
  /** First row and operator → node. */
  readonly nodes: ReadonlyMap<string, number>;
}

/** The API's door to runs: accepts, plans and follows them. */
export class Runs implements RunPort {
  readonly #parts: RunsParts;
  readonly #live = new Map<RunId, LiveRunFacts>();
  readonly #planning = new Set<RunId>();
  #draining = false;
  #onIdle: (() => void)[] = [];

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  /** What the scheduler needs to know of runs in execution, in order of acceptance. */
  get scheduled(): ReadonlyMap<RunId, ScheduledRun> {
    return this.#live;
  }

  async createRun(request: CreateRun): Promise<RunRecord> {
    const { tenant, requestId, options } = request;
    const { book, clock, observer } = this.#parts;
    const contentHash = requestHash(request);
    const known = book.findRequest(tenant, requestId, contentHash);
    if (known !== undefined) return known;
    this.#assertOpen();
    requirePolicy(options.policy);
    requireRuleNames(options.disabledRules);
    const offer = {
      models: this.#parts.catalog.names,
      functions: this.#parts.functions.describe(),
    };
    const logical = validateWorkflow(request.workflow, request.rows, offer, DEFAULT_PLAN_LIMITS);
    const id = this.#parts.newRunId?.() ?? runId(randomUUID());
    const { traceparent } = request;
    const workflowName = logical.name;
    const rowCount = request.rows.length;
    const record = book.open({ tenant, id, workflowName, rowCount }, requestId, contentHash);
    observer.accepted(id, workflowName, rowCount, traceparent);
    void this.#plan({
      id,
      tenant,
      logical,
      options,
      cacheSalt: this.#parts.cacheSaltOf(tenant),
      acceptedAt: clock.now(),
      ...(traceparent === undefined ? {} : { traceparent }),
    });
    return record;
  }

  getRun(tenant: TenantId, id: RunId): RunRecord {
    return this.#parts.book.get(tenant, id);
  }

  listRuns(tenant: TenantId): readonly RunRecord[] {
    return this.#parts.book.list(tenant);
  }

  cancelRun(tenant: TenantId, id: RunId, reason: string): RunRecord {
    const { book, dispatcher } = this.#parts;
    book.get(tenant, id);
    const message = reason === '' ? 'cancelled by its client' : reason;
    if (this.#planning.has(id)) this.#endUnplanned(id, 'cancelled', 'RUN_CANCELLED', message);
    else dispatcher.post({ kind: 'cancelRun', run: id, reason: message });
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

  /** To be told of every event of a run: what it teaches, and when the run is over. */
  observe(id: RunId, body: RunEventBody): void {
    const facts = this.#live.get(id);
    if (facts === undefined) return;
    if (body.kind === 'finished') this.#forget(id);
    if (body.kind !== 'callFinished') return;
    const node = facts.nodes.get(`${body.rows[0]} ${body.operator}`);
    if (node === undefined) return;
    const { prompts, profiles } = this.#parts;
    if (body.source === 'worker') {
      profiles.observe(facts.workflow, operatorOf(facts.plan, node), body.outputTokens);
      prompts.removeCall({ run: id, node }, body.outputTokens);
    } else prompts.removeCall({ run: id, node });
  }

  /** Takes no new runs; resolves when none is live, or at the signal. */
  async drain(signal: AbortSignal): Promise<void> {
    this.#draining = true;
    while (this.#parts.book.liveCount > 0 && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#onIdle.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async #plan(run: AcceptedRun): Promise<void> {
    const { id, tenant, options } = run;
    const { prompts, dispatcher, book, observer } = this.#parts;
    this.#planning.add(id);
    try {
      const { planned, plan } = await planRun(run, this.#parts);
      if (!this.#planning.has(id)) {
        prompts.removeRun(id);
        return;
      }
      const summary = plannedSummary(plan, planned.planMs);
      this.#live.set(id, {
        tenant,
        policy: options.policy === '' ? this.#parts.defaultPolicy : options.policy,
        seed: options.seed,
        cacheSalt: this.#parts.cacheSaltOf(tenant),
        workflow: run.logical.name,
        plan,
        nodes: nodesByPlace(plan),
      });
      observer.planned(id, summary);
      book.append(id, { kind: 'planned', summary, operators: progressOf(plan) });
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
    const summary = {
      operators: { submitted: 0, pruned: 0, merged: 0, cached: 0, executed: 0 },
      tokens: { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 },
      seconds: { plan: 0, run: 0 },
      cacheMissReasons: {},
    };
    const body = { kind: 'finished', state, summary, error: { code, message } } as const;
    observer.emitted(id, body);
    book.append(id, body);
    this.#forget(id);
  }

  #forget(id: RunId): void {
    this.#live.delete(id);
    this.#parts.prompts.removeRun(id);
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

function operatorOf(plan: NodePlan, node: number): LlmOperator {
  const action = plan.nodes[node]?.action;
  if (action?.kind === 'call') return action.operator;
  throw new HeliumError('INVARIANT_BROKEN', `node ${node} finished as a call and is none`);
}

function nodesByPlace(plan: NodePlan): ReadonlyMap<string, number> {
  return new Map(
    plan.nodes.flatMap(({ action, rows, operator }, node) =>
      action.kind === 'call' ? [[`${rows[0]} ${operator}`, node] as const] : [],
    ),
  );
}

/** Operators in plan order. */
function progressOf(plan: NodePlan): OperatorProgress[] {
  const progress = new Map<string, { kind: string; calls: number; cached: number }>();
  for (const { operator, answers, action } of plan.nodes) {
    const kind = answers[0]?.kind ?? action.kind;
    const entry = progress.get(operator) ?? { kind, calls: 0, cached: 0 };
    entry.calls += 1;
    if (action.kind === 'value' && action.source === 'prompt-cache') entry.cached += 1;
    progress.set(operator, entry);
  }
  return [...progress].map(([operator, entry]) => ({ operator, ...entry }));
}
