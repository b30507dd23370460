import { type Clock, HeliumError, type TenantId } from '@helium/shared';
import type { FunctionHost } from '../functions/index.ts';
import {
  DEFAULT_PLAN_LIMITS,
  type LogicalPlan,
  operatorsWithin,
  validateWorkflow,
} from '../plan/index.ts';
import type { ModelCatalog } from './model-catalog.ts';
import type { AcceptedRun } from './plan-run.ts';
import type { RestoredRun } from './restore-run.ts';

export interface ResumingParts {
  readonly clock: Clock;
  readonly catalog: ModelCatalog;
  readonly functions: FunctionHost;
  readonly cacheSaltOf: (tenant: TenantId) => string;
}

interface WaitingRun {
  readonly run: AcceptedRun;
  readonly models: readonly string[];
}

/** A timer takes no more. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** Runs of before this coordinator started that wait for workers of their models, in order of acceptance. */
export class ResumedRuns {
  readonly #parts: ResumingParts;
  #waiting: WaitingRun[] = [];

  constructor(parts: ResumingParts) {
    this.#parts = parts;
  }

  add(run: AcceptedRun): void {
    this.#waiting.push({ run, models: modelsOf(run.logical) });
  }

  /** Those of which all models are served now: they wait no more. */
  takeServed(): AcceptedRun[] {
    const { catalog } = this.#parts;
    const isServed = ({ models }: WaitingRun) => models.every((name) => catalog.find(name));
    const served = this.#waiting.filter(isServed);
    this.#waiting = this.#waiting.filter((each) => !isServed(each));
    return served.map(({ run }) => run);
  }

  /** Tells of each that has waited as long as its deadline allows. */
  watchDeadlines(tellLate: (run: AcceptedRun) => void): void {
    const { clock } = this.#parts;
    let nextMs = Number.POSITIVE_INFINITY;
    this.#waiting = this.#waiting.filter(({ run }) => {
      const { options, acceptedAt } = run;
      if (options.deadlineMs === 0) return true;
      const leftMs = acceptedAt + options.deadlineMs - clock.now();
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs);
      else tellLate(run);
      return leftMs > 0;
    });
    if (nextMs === Number.POSITIVE_INFINITY) return;
    clock.setTimer(Math.min(nextMs, TIMER_MS_MAX), () => this.watchDeadlines(tellLate));
  }
}

/** The run as it was accepted. Throws as `validateWorkflow`, and where its journal cannot be read. */
export function acceptAgain(
  { head, readRequest, past }: RestoredRun,
  { clock, functions, cacheSaltOf }: ResumingParts,
): AcceptedRun {
  const { id, tenant, atMs } = head;
  const { workflow, rows, options, models, traceparent } = readRequest();
  const offer = { models, functions: functions.describe() };
  return {
    ...{ id, tenant, options, past },
    logical: validateWorkflow(workflow, rows, offer, DEFAULT_PLAN_LIMITS),
    cacheSalt: cacheSaltOf(tenant),
    acceptedAt: clock.now() - Math.max(0, clock.wallTime() - atMs),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

/**
 * A plan of before this coordinator started holds for the models and functions of then only. Throws MODEL_MISMATCH or
 * FUNCTION_UNKNOWN naming what changed.
 */
export function requireSame(
  { id, past }: AcceptedRun,
  { catalog, functions }: Pick<ResumingParts, 'catalog' | 'functions'>,
): void {
  const since = `since the run was planned; run "${id}" cannot be resumed, submit it again`;
  for (const [name, digest] of past?.basis?.models ?? []) {
    const served = catalog.find(name)?.digest;
    if (served === undefined || served === digest) continue;
    const message = `model "${name}" has digest ${served}, had ${digest}: it changed ${since}`;
    throw new HeliumError('MODEL_MISMATCH', message);
  }
  for (const [name, digest] of past?.basis?.functions ?? []) {
    if (functions.describe().get(name)?.digest === digest) continue;
    throw new HeliumError('FUNCTION_UNKNOWN', `function "${name}" changed ${since}`);
  }
}

function modelsOf({ operators }: LogicalPlan): string[] {
  const names = operators
    .flatMap(operatorsWithin)
    .flatMap((operator) => (operator.kind === 'llm' ? operator.model : []));
  return [...new Set(names)];
}
