import {
  type CallUsage,
  invariant,
  type RunId,
  type TokenLogprob,
  type WorkerId,
} from '@helium/shared';
import { type KnownResult, nodeKey } from '../../journal/run-records.ts';
import { operatorsWithin } from '../../plan/logical-plan.ts';
import type { PhysicalNode, PlanOutput } from '../../plan/physical-plan.ts';
import type { RunSummary } from '../run-port.ts';
import type { ExpandedNode, PlannedRun } from './core-event.ts';
import type { CacheMissReason, LiveCall } from './live-call.ts';

const FATES = ['submitted', 'pruned', 'merged', 'cached'] as const;
type Counts = Record<(typeof FATES)[number] | 'executed', number>;

export type NodeStatus = 'waiting' | 'running' | 'done';

interface NodeState {
  status: NodeStatus;
  /** Inputs not done yet. */
  missing: number;
  text: string | undefined;
  /** Of a call that asked for them. */
  logprobs: readonly TokenLogprob[] | undefined;
  call: LiveCall | undefined;
  /** The node that became this one and others, and has its text. */
  resolves: number | undefined;
}

/** One run in execution: what each node has come to, and what it took. Its plan grows by expansions. */
export class LiveRun {
  readonly planned: PlannedRun;
  readonly nodes: NodeState[] = [];
  /** By node; of most nodes there is none. */
  readonly outputs: readonly (readonly PlanOutput[] | undefined)[];
  /** Versions of models that calls ask for, or may ask for once nodes are expanded; ascending. */
  readonly models: readonly string[];
  /** Naive runs: the worker of each model, kept as long as it takes calls. */
  readonly naiveWorkers = new Map<string, WorkerId>();
  /** Nodes not done. */
  remaining = 0;
  readonly #plan: PhysicalNode[] = [];
  /** By node; absent where nothing waits for it. */
  readonly #dependents: (number[] | undefined)[] = [];
  /** Calls, and what may become some, in plan order; and what nodes became. */
  readonly #order: readonly number[];
  readonly #expansions = new Map<number, readonly number[]>();
  /** Naive runs: what is left of the order, the next last. */
  readonly #naiveAhead: number[];
  #newCalls: number[] = [];
  readonly #derivationKeys: Map<number, string>;
  readonly #counts: Counts;
  readonly #tokens = { prompt: 0, prefilled: 0, reused: 0, generated: 0, prefetched: 0 };
  readonly #missReasons: Record<string, number> = {};

  constructor(planned: PlannedRun) {
    const { nodes, outputs, counts } = planned.plan;
    this.planned = planned;
    this.#counts = { ...counts, executed: 0 };
    this.#derivationKeys = new Map(planned.derivationKeys);
    this.#order = this.#add(nodes);
    this.#naiveAhead = this.#order.toReversed();
    this.outputs = gather(nodes.length, outputs);
    this.models = modelsOf(nodes);
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
    const node = this.#plan[number];
    invariant(node !== undefined, `run "${this.id}" has no node ${number}`);
    return node;
  }

  /** Call nodes in plan order: what a node became comes where it stood. */
  get callNodes(): number[] {
    const calls: number[] = [];
    const ahead = this.#order.toReversed();
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (this.#plan[next]?.action.kind === 'call') calls.push(next);
      ahead.push(...(this.#expansions.get(next)?.toReversed() ?? []));
    }
    return calls;
  }

  /** Call nodes that came since places were given last. */
  get newCalls(): readonly number[] {
    return this.#newCalls;
  }

  /** Calls got places, or will get none but by a new schedule. */
  placesGiven(): void {
    this.#newCalls = [];
  }

  derivationKey(node: number): string | undefined {
    return this.#derivationKeys.get(node);
  }

  state(number: number): NodeState {
    const state = this.nodes[number];
    invariant(state !== undefined, `run "${this.id}" has no node ${number}`);
    return state;
  }

  /** What the node came to before the coordinator started anew. */
  known(number: number): KnownResult | undefined {
    const { known } = this.planned;
    if (known === undefined) return undefined;
    const { operator, rows } = this.node(number);
    return known.get(nodeKey(operator, rows[0]));
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
    return (this.#dependents[number] ?? []).filter((dependent) => {
      const next = this.state(dependent);
      next.missing -= 1;
      return next.missing === 0;
    });
  }

  /** A running node became others. Returns those that have no inputs. */
  expand(number: number, { nodes, first, result, counts, derivationKeys }: ExpandedNode): number[] {
    const state = this.state(number);
    const place = `run "${this.id}": node ${number}`;
    invariant(state.status === 'running', `${place} is expanded while ${state.status}`);
    invariant(first === this.nodes.length, `${place} became nodes from ${first}`);
    this.#expansions.set(number, this.#add(nodes));
    this.state(result).resolves = number;
    for (const [node, key] of derivationKeys) this.#derivationKeys.set(node, key);
    for (const fate of FATES) this.#counts[fate] += counts[fate];
    return nodes.flatMap(({ inputs }, i) => (inputs.length === 0 ? first + i : []));
  }

  /** The first call in plan order that is not done; none while a node before it is not expanded. */
  nextNaiveCall(): number | undefined {
    const ahead = this.#naiveAhead;
    for (let next = ahead.at(-1); next !== undefined; next = ahead.at(-1)) {
      const became = this.#expansions.get(next);
      if (became === undefined && this.state(next).status !== 'done') {
        return this.node(next).action.kind === 'call' ? next : undefined;
      }
      ahead.pop();
      ahead.push(...(became?.toReversed() ?? []));
    }
    return undefined;
  }

  /** The first call in plan order that waits for a worker of this version of a model. */
  callWaitingFor(version: string): number | undefined {
    return this.callNodes.find((node) => {
      const { action } = this.node(node);
      const isAsked = action.kind === 'call' && action.operator.model === version;
      return isAsked && this.state(node).call?.state === 'ready';
    });
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

  get prefetched(): number {
    return this.#tokens.prefetched;
  }

  /** A result of before the coordinator started anew counts as it did then. */
  countKnown({ source, usage, missReason, prefetched }: KnownResult): void {
    if (source === 'merged') this.countMerged();
    if (source === 'prompt-cache') this.countCached();
    if (source === 'worker' && usage !== undefined) {
      this.countExecuted(usage, missReason as CacheMissReason);
    }
    this.#tokens.prefetched = Math.max(this.#tokens.prefetched, prefetched);
  }

  countPrefetched(tokens: number): void {
    this.#tokens.prefetched += tokens;
  }

  /** `at` is steady time, ms. */
  summary(at: number): RunSummary {
    const { planMs, acceptedAt } = this.planned;
    return {
      operators: { ...this.#counts },
      tokens: { ...this.#tokens },
      seconds: { plan: planMs / 1000, run: (at - acceptedAt) / 1000 },
      cacheMissReasons: { ...this.#missReasons },
    };
  }

  /** Adds nodes behind the others. Returns those that are calls or may become some. */
  #add(nodes: readonly PhysicalNode[]): number[] {
    const first = this.nodes.length;
    this.remaining += nodes.length;
    for (const node of nodes) {
      this.#plan.push(node);
      this.#dependents.push(undefined);
      this.nodes.push({
        status: 'waiting',
        missing: node.inputs.length,
        text: undefined,
        logprobs: undefined,
        call: undefined,
        resolves: undefined,
      });
    }
    nodes.forEach(({ inputs }, i) => {
      for (const input of inputs) addTo(this.#dependents, input, first + i);
    });
    const order: number[] = [];
    for (const [i, { action }] of nodes.entries()) {
      if (action.kind === 'call') this.#newCalls.push(first + i);
      if (action.kind === 'call' || action.kind === 'expand') order.push(first + i);
    }
    return order;
  }
}

/** `operator "x", row 3 (and 2 more)`: where in the run something happened. */
export function placeOf(run: LiveRun, node: number): string {
  const { operator, rows } = run.node(node);
  const more = rows.length > 1 ? ` (and ${rows.length - 1} more)` : '';
  return `operator "${operator}", row ${rows[0] ?? '?'}${more}`;
}

/** Ascending. Operators are looked at once, however many nodes have them. */
function modelsOf(nodes: readonly PhysicalNode[]): string[] {
  const seen = new Set<unknown>();
  const models = new Set<string>();
  for (const { action } of nodes) {
    if (action.kind !== 'call' && action.kind !== 'expand') continue;
    if (seen.has(action.operator)) continue;
    seen.add(action.operator);
    // One of its own for every call, in some plans.
    if (action.operator.kind === 'llm') models.add(action.operator.model);
    else
      for (const operator of operatorsWithin(action.operator)) {
        if (operator.kind === 'llm') models.add(operator.model);
      }
  }
  return [...models].sort();
}

function gather(size: number, outputs: readonly PlanOutput[]): (PlanOutput[] | undefined)[] {
  const lists = new Array<PlanOutput[] | undefined>(size).fill(undefined);
  for (const output of outputs) addTo(lists, output.node, output);
  return lists;
}

/** Nothing where there is no such place. */
function addTo<T>(lists: (T[] | undefined)[], place: number, item: T): void {
  const list = lists[place];
  if (list !== undefined) list.push(item);
  else if (place >= 0 && place < lists.length) lists[place] = [item];
}
