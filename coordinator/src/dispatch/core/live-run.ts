import {
  type CallUsage,
  invariant,
  type RunId,
  type TokenLogprob,
  type WorkerId,
} from '@helium/shared';
import type { PhysicalNode, PlanOutput } from '../../plan/physical-plan.ts';
import type { RunSummary } from '../run-port.ts';
import type { PlannedRun } from './core-event.ts';
import type { CacheMissReason, LiveCall } from './live-call.ts';

export type NodeStatus = 'waiting' | 'running' | 'done';

interface NodeState {
  status: NodeStatus;
  /** Inputs not done yet. */
  missing: number;
  text: string | undefined;
  /** Of a call that asked for them. */
  logprobs: readonly TokenLogprob[] | undefined;
  call: LiveCall | undefined;
}

/** One run in execution: what each node has come to, and what it took. */
export class LiveRun {
  readonly planned: PlannedRun;
  readonly nodes: readonly NodeState[];
  readonly dependents: readonly (readonly number[])[];
  readonly outputs: readonly (readonly PlanOutput[])[];
  /** Call nodes ascending; naive runs take them in this order. */
  readonly callNodes: readonly number[];
  /** Models that calls ask for, ascending. */
  readonly models: readonly string[];
  /** Call nodes whose inputs are known but whose model nobody serves. */
  readonly awaitingModel = new Set<number>();
  /** Naive runs: the worker of each model, kept as long as it takes calls. */
  readonly naiveWorkers = new Map<string, WorkerId>();
  #naiveDone = 0;
  /** Nodes not done. */
  remaining: number;
  readonly #counts = { merged: 0, cached: 0, executed: 0 };
  readonly #tokens = { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 };
  readonly #missReasons: Record<string, number> = {};

  constructor(planned: PlannedRun) {
    const { nodes, outputs } = planned.plan;
    this.planned = planned;
    this.nodes = nodes.map((node) => ({
      status: 'waiting',
      missing: node.inputs.length,
      text: undefined,
      logprobs: undefined,
      call: undefined,
    }));
    this.dependents = gather(nodes.length, nodes, (node, number, into) => {
      for (const input of node.inputs) into(input, number);
    });
    this.outputs = gather(nodes.length, outputs, (output, _, into) => into(output.node, output));
    this.callNodes = nodes.flatMap((node, number) => (node.action.kind === 'call' ? number : []));
    this.models = [...new Set(this.callNodes.map((number) => modelOf(nodes[number])))].sort();
    this.remaining = nodes.length;
  }

  get id(): RunId {
    return this.planned.id;
  }

  get isNaive(): boolean {
    return this.planned.options.naive;
  }

  get usesCache(): boolean {
    return this.planned.options.usePromptCache && !this.isNaive;
  }

  node(number: number): PhysicalNode {
    const node = this.planned.plan.nodes[number];
    invariant(node !== undefined, `run "${this.id}" has no node ${number}`);
    return node;
  }

  state(number: number): NodeState {
    const state = this.nodes[number];
    invariant(state !== undefined, `run "${this.id}" has no node ${number}`);
    return state;
  }

  /** waiting → running. */
  start(number: number): void {
    const state = this.state(number);
    const { status, missing } = state;
    invariant(
      status === 'waiting' && missing === 0,
      `run "${this.id}": node ${number} starts while ${status} with ${missing} inputs missing`,
    );
    state.status = 'running';
  }

  /** running → done, once. Returns the nodes whose inputs are complete by it. */
  finish(number: number, text: string): number[] {
    const state = this.state(number);
    const { status } = state;
    invariant(status === 'running', `run "${this.id}": node ${number} ends while ${status}`);
    state.status = 'done';
    state.text = text;
    state.call = undefined;
    this.remaining -= 1;
    return (this.dependents[number] ?? []).filter((dependent) => {
      const next = this.state(dependent);
      next.missing -= 1;
      return next.missing === 0;
    });
  }

  /** The first call in plan order that is not done. */
  nextNaiveCall(): number | undefined {
    while (this.nodes[this.callNodes[this.#naiveDone] ?? -1]?.status === 'done') {
      this.#naiveDone += 1;
    }
    return this.callNodes[this.#naiveDone];
  }

  countMerged(): void {
    this.#counts.merged += 1;
  }

  countCached(): void {
    this.#counts.cached += 1;
  }

  countExecuted(usage: CallUsage, missReason: CacheMissReason): void {
    this.#counts.executed += 1;
    this.#tokens.prompt += usage.promptTokens;
    this.#tokens.prefilled += usage.prefilledTokens;
    this.#tokens.reused += usage.reusedTokens;
    this.#tokens.generated += usage.outputTokens;
    this.#missReasons[missReason] = (this.#missReasons[missReason] ?? 0) + 1;
  }

  countPrefetched(tokens: number): void {
    this.#tokens.prefetched += tokens;
  }

  /** `at` is steady time, ms. */
  summary(at: number): RunSummary {
    const { plan, planMs, acceptedAt } = this.planned;
    const { submitted, pruned, merged, cached } = plan.counts;
    return {
      operators: {
        submitted,
        pruned,
        merged: merged + this.#counts.merged,
        cached: cached + this.#counts.cached,
        executed: this.#counts.executed,
      },
      tokens: { ...this.#tokens },
      seconds: { plan: planMs / 1000, run: (at - acceptedAt) / 1000 },
      cacheMissReasons: { ...this.#missReasons },
    };
  }
}

/** `operator "x", row 3 (and 2 more)`: where in the run something happened. */
export function placeOf(run: LiveRun, node: number): string {
  const { operator, rows } = run.node(node);
  const more = rows.length > 1 ? ` (and ${rows.length - 1} more)` : '';
  return `operator "${operator}", row ${rows[0] ?? '?'}${more}`;
}

function modelOf(node: PhysicalNode | undefined): string {
  invariant(node?.action.kind === 'call', 'only calls have a model');
  return node.action.operator.model;
}

function gather<T, U>(
  size: number,
  items: readonly T[],
  put: (item: T, place: number, into: (key: number, value: U) => void) => void,
): U[][] {
  const lists: U[][] = Array.from({ length: size }, () => []);
  items.forEach((item, place) => {
    put(item, place, (key, value) => lists[key]?.push(value));
  });
  return lists;
}
