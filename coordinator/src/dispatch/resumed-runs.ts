import { type Clock, HeliumError, type TenantId } from '@helium/shared';
import type { FunctionHost } from '../functions/index.ts';
import {
  DEFAULT_PLAN_LIMITS,
  type LogicalPlan,
  operatorsWithin,
  validateWorkflow,
  versionDigest,
} from '../plan/index.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { type AcceptedRun, versionFor } from './plan-run.ts';
import type { RestoredRun } from './restore-run.ts';

export interface ResumingParts {
  /** How long a run waits for the weights that it was planned for where others are served, ms. */
  readonly absentWaitMs: number;
  readonly clock: Clock;
  readonly catalog: ModelCatalog;
  readonly functions: FunctionHost;
  readonly cacheSaltOf: (tenant: TenantId) => string;
}

interface WaitingRun {
  readonly run: AcceptedRun;
  /** Names of its models. */
  readonly models: readonly string[];
  /** Others than its weights are served, and it is told that they are when it has waited for its own. */
  isTimed: boolean;
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
    this.#waiting.push({ run, models: modelsOf(run.logical), isTimed: false });
  }

  /** Those of which all models are served now, with the weights they were planned for: they wait no more. */
  takeServed(): AcceptedRun[] {
    const isServed = ({ run, models }: WaitingRun) =>
      models.every((name) => this.#isServed(run, name));
    const served = this.#waiting.filter(isServed);
    this.#waiting = this.#waiting.filter((each) => !isServed(each));
    return served.map(({ run }) => run);
  }

  /**
   * Tells of those that have waited in vain for the weights of a model that were replaced: MODEL_MISMATCH. To be called
   * when workers came.
   */
  watchWeights(tellChanged: (run: AcceptedRun, error: HeliumError) => void): void {
    const { clock, absentWaitMs } = this.#parts;
    for (const waiting of this.#waiting) {
      if (waiting.isTimed || this.#replacedModel(waiting) === undefined) continue;
      waiting.isTimed = true;
      clock.setTimer(Math.min(absentWaitMs, TIMER_MS_MAX), () => {
        waiting.isTimed = false;
        const name = this.#waiting.includes(waiting) ? this.#replacedModel(waiting) : undefined;
        if (name === undefined) return;
        this.#waiting = this.#waiting.filter((each) => each !== waiting);
        tellChanged(waiting.run, this.#replaced(waiting.run, name));
      });
    }
  }

  #isServed({ past }: AcceptedRun, name: string): boolean {
    const { catalog } = this.#parts;
    return catalog.find(versionFor(past, name, catalog)) !== undefined;
  }

  /** The first model that is served, and not with the run's weights. */
  #replacedModel({ run, models }: WaitingRun): string | undefined {
    const { catalog } = this.#parts;
    return models.find(
      (name) => !this.#isServed(run, name) && catalog.find(catalog.current(name)) !== undefined,
    );
  }

  #replaced({ id, past }: AcceptedRun, name: string): HeliumError {
    const { catalog, absentWaitMs } = this.#parts;
    const served = versionDigest(catalog.current(name));
    const message =
      `model "${name}" has digest ${served}, had ${past?.basis?.models.get(name)}, which nobody has served for ` +
      `${absentWaitMs} ms: it changed since the run was planned; run "${id}" cannot be resumed, submit it again`;
    return new HeliumError('MODEL_MISMATCH', message);
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

/** A plan of before this coordinator started holds for the functions of then only. Throws FUNCTION_UNKNOWN. */
export function requireSame(
  { id, past }: AcceptedRun,
  { functions }: Pick<ResumingParts, 'functions'>,
): void {
  for (const [name, digest] of past?.basis?.functions ?? []) {
    if (functions.describe().get(name)?.digest === digest) continue;
    const what = `function "${name}" changed since the run was planned`;
    throw new HeliumError(
      'FUNCTION_UNKNOWN',
      `${what}; run "${id}" cannot be resumed, submit it again`,
    );
  }
}

function modelsOf({ operators }: LogicalPlan): string[] {
  const names = operators
    .flatMap(operatorsWithin)
    .flatMap((operator) => (operator.kind === 'llm' ? operator.model : []));
  return [...new Set(names)];
}
