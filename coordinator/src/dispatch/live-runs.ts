import { HeliumError, type RunId } from '@helium/shared';
import { nodeKey } from '../journal/index.ts';
import { authoredId, countCalls } from '../plan/index.ts';
import type { CoreEvent, Effect } from './core/core-event.ts';
import { installExpansion, type PlannedExpansion, planExpansion, shapeOf } from './expand-node.ts';
import type { GrowingPlan } from './growing-plan.ts';
import type { PromptRun } from './live-prompts.ts';
import { type AcceptedRun, type MadePlan, type PlanningParts, promptMaking } from './plan-run.ts';
import type { RunBook } from './run-book.ts';
import type { RunEventBody } from './run-port.ts';
import type { RunRoom } from './run-room.ts';
import type { ScheduledRun } from './schedule-maker.ts';

export interface LiveRunsParts extends PlanningParts {
  readonly dispatcher: { post(event: CoreEvent): void };
  readonly book: Pick<RunBook, 'note'>;
  readonly room: Pick<RunRoom, 'grow'>;
}

interface LiveRunFacts extends ScheduledRun {
  readonly run: AcceptedRun;
  readonly growing: GrowingPlan;
  readonly promptRun: PromptRun;
  /** Expansions are put in place one after the other, in the order in which they were planned. */
  placing: Promise<void>;
}

/** Runs in execution, in order of acceptance: what their nodes become, and what their events teach. */
export class LiveRuns {
  readonly #parts: LiveRunsParts;
  readonly #live = new Map<RunId, LiveRunFacts>();

  constructor(parts: LiveRunsParts) {
    this.#parts = parts;
  }

  /** What the scheduler needs to know of them. */
  get scheduled(): ReadonlyMap<RunId, ScheduledRun> {
    return this.#live;
  }

  /** The run is planned. `policy`: the one it is scheduled by. */
  add(
    run: AcceptedRun,
    { growing, promptRun }: Pick<MadePlan, 'growing' | 'promptRun'>,
    policy: string,
  ): void {
    const { id, tenant, cacheSalt, options } = run;
    const facts = { tenant, policy, seed: options.seed, cacheSalt, run, growing, promptRun };
    this.#live.set(id, { ...facts, placing: Promise.resolve() });
  }

  /** The run is over. */
  remove(id: RunId): void {
    this.#live.delete(id);
    this.#parts.prompts.removeRun(id);
  }

  /** Learns from an event of a run. `isAgain`: it was told before the coordinator started anew, and taught then. */
  learn(id: RunId, body: RunEventBody, isAgain: boolean): void {
    const facts = this.#live.get(id);
    if (facts === undefined || body.kind !== 'callFinished') return;
    const node = facts.growing.findCall(body.rows[0], body.operator);
    if (node === undefined) return;
    const { prompts, profiles } = this.#parts;
    const operator = facts.promptRun.authored.get(authoredId(body.operator));
    if (body.source === 'worker' && operator !== undefined && !isAgain) {
      profiles.observe(facts.promptRun.workflow, operator, body.outputTokens);
      prompts.removeCall({ run: id, node }, body.outputTokens);
    } else prompts.removeCall({ run: id, node });
  }

  /** Plans what a node of a live run becomes and tells the dispatcher. */
  async expand({ run: id, node, texts }: Extract<Effect, { kind: 'expandNode' }>): Promise<void> {
    const facts = this.#live.get(id);
    if (facts === undefined) return;
    try {
      const planned = await planExpansion(facts.run, facts.growing.node(node), texts, this.#parts);
      const placed = facts.placing.then(() => this.#place(facts, node, planned));
      facts.placing = placed.catch(() => {});
      await placed;
    } catch (thrown) {
      const { code, message } = HeliumError.from(thrown);
      const error = { code, message };
      this.#parts.dispatcher.post({ kind: 'expansionFailed', run: id, node, error });
    }
  }

  /** The core takes expansions in the order in which the plan grew by them. */
  async #place(facts: LiveRunFacts, node: number, planned: PlannedExpansion): Promise<void> {
    const { run, growing, promptRun } = facts;
    const { prompts, dispatcher, profiles, room, book } = this.#parts;
    const { action, operator, rows } = growing.node(node);
    if (!this.#live.has(run.id) || action.kind !== 'expand') return;
    const key = nodeKey(operator, rows[0]);
    const isAgain = run.past?.expansions.has(key) === true;
    if (!isAgain) book.note(run.id, { kind: 'expanded', node: key, hits: planned.hits });
    room.grow(run.id, countCalls(planned.plan));
    const { expanded, grown } = installExpansion(run, growing, node, planned);
    const shape = shapeOf(planned.outcome);
    const { workflow } = promptRun;
    if (shape !== undefined && !isAgain) profiles.observeShape(workflow, action.operator, shape);
    if (!run.options.naive) {
      const making = promptMaking(this.#parts);
      for (const each of grown.foreseen) prompts.removeCall({ run: run.id, node: each });
      const added = Array.from(expanded.nodes, (_, i) => expanded.first + i);
      const foreseen = growing.foresee(added, profiles.shapesOf(workflow));
      await prompts.addCalls(promptRun, [...grown.calls, ...foreseen], making);
      prompts.renewCalls(promptRun, growing.takeRenewed(node), making);
      if (!this.#live.has(run.id)) prompts.removeRun(run.id);
    }
    dispatcher.post({ kind: 'nodeExpanded', run: run.id, node, expanded });
  }
}
