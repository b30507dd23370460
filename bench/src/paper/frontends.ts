import type { InstanceIndex } from '@helium/coordinator/scheduler';
import type { Frontend, Submission } from './play-online.ts';
import type { Batch } from './shape.ts';

/** Submissions that each go to the worker with the fewest unfinished calls, the first of equals. */
class Balancer {
  readonly #counts: number[];
  readonly #workerOf = new Map<number, number>();

  constructor(workers: number) {
    this.#counts = Array.from({ length: workers }, () => 0);
  }

  place(call: number): number {
    return this.send(call, this.#counts.indexOf(Math.min(...this.#counts)));
  }

  send(call: number, worker: number): number {
    this.#counts[worker]!++;
    this.#workerOf.set(call, worker);
    return worker;
  }

  ended(call: number): void {
    this.#counts[this.#workerOf.get(call)!]!--;
  }

  countOf(worker: number): number {
    return this.#counts[worker]!;
  }
}

/**
 * LangGraph: `abatch` runs every row at once, and every node whose predecessors are done
 * (LangGraph documentation, "Runnable.abatch" and super-steps); requests through a balancer by
 * queue length (paper, section 7.1).
 */
export function langGraph({ instance }: Batch): Frontend {
  const balancer = new Balancer(instance.workers);
  let waiting: number[] = [];
  return {
    ready: (call) => waiting.push(call),
    ended: (call) => balancer.ended(call),
    take: () => {
      const submitted = waiting.map((call) => ({ call, worker: balancer.place(call) }));
      waiting = [];
      return submitted;
    },
  };
}

/** Requests that an agent's server takes at once (`capacity` of the published harness's launcher). */
const AGENT_CAPACITY = 32;

/**
 * AgentScope 0.1: agents are actors, each a server that handles its messages with a bounded pool
 * (AgentScope documentation, "Distribution"; `RpcAgentServerLauncher(capacity)`).
 */
export function agentScope({ shape, instance }: Batch): Frontend {
  const balancer = new Balancer(instance.workers);
  const agents = new Map<string, { waiting: number[]; running: number }>();
  const agentOf = (call: number) => {
    const { agent } = shape.operators[instance.calls[call]!.op]!;
    const known = agents.get(agent) ?? { waiting: [], running: 0 };
    agents.set(agent, known);
    return known;
  };
  return {
    ready: (call) => agentOf(call).waiting.push(call),
    ended: (call) => {
      balancer.ended(call);
      agentOf(call).running--;
    },
    take: () => {
      const submitted: Submission[] = [];
      for (const agent of agents.values()) {
        const room = AGENT_CAPACITY - agent.running;
        for (const call of agent.waiting.splice(0, Math.max(0, room))) {
          agent.running++;
          submitted.push({ call, worker: balancer.place(call) });
        }
      }
      return submitted;
    },
  };
}

/**
 * Parrot: all requests are known up front; a request goes to the engine that has served its longest
 * prefix, else to the least loaded (Parrot, OSDI '24, section 5.4, algorithm 1: "FindEngine" prefers
 * engines that hold the prefix).
 */
export function parrot({ instance }: Batch, { trie }: InstanceIndex): Frontend {
  const balancer = new Balancer(instance.workers);
  const holders = new Map<number, number>();
  let waiting: number[] = [];
  const place = (call: number) => {
    const path = trie.paths[call]!;
    const held = path.findLast((node) => holders.has(node));
    const holder = held === undefined ? undefined : holders.get(held);
    const worker = holder === undefined ? balancer.place(call) : balancer.send(call, holder);
    for (const node of path) if (!holders.has(node)) holders.set(node, worker);
    return { call, worker };
  };
  return {
    ready: (call) => waiting.push(call),
    ended: (call) => balancer.ended(call),
    take: () => {
      const submitted = waiting.map(place);
      waiting = [];
      return submitted;
    },
  };
}

/**
 * Steps until each operator runs next: 0 while it runs, one more than its latest predecessor before,
 * without end once all its rows are done (KVFlow, arXiv 2507.07400, section 3.1, agent step graph with
 * AND joins).
 */
export class StepGraph {
  readonly #predecessors: readonly (readonly number[])[];
  readonly #left: number[];
  readonly #started: boolean[];
  #steps: number[] = [];

  constructor({ shape, rows }: Pick<Batch, 'shape' | 'rows'>) {
    this.#predecessors = shape.operators.map(({ template }) =>
      template.flatMap((item) => (item.kind === 'output' ? item.operator : [])),
    );
    this.#left = shape.operators.map(() => rows);
    this.#started = shape.operators.map(() => false);
    this.#count();
  }

  started(operator: number): void {
    if (this.#started[operator]) return;
    this.#started[operator] = true;
    this.#count();
  }

  ended(operator: number): void {
    this.#left[operator]!--;
    if (this.#left[operator] === 0) this.#count();
  }

  stepsOf(operator: number): number {
    return this.#steps[operator]!;
  }

  #count(): void {
    const waits: number[] = [];
    this.#steps = this.#predecessors.map((before, operator) => {
      if (this.#left[operator] === 0) {
        waits[operator] = 0;
        return Number.POSITIVE_INFINITY;
      }
      const steps = this.#started[operator] ? 0 : Math.max(0, ...before.map((b) => waits[b]!)) + 1;
      waits[operator] = steps;
      return steps;
    });
  }
}

/** KVFlow: LangGraph in front, whose progress moves the step graph. */
export function kvFlow(batch: Batch, graph: StepGraph): Frontend {
  const inner = langGraph(batch);
  const operatorOf = (call: number) => batch.instance.calls[call]!.op;
  return {
    ready: (call) => inner.ready(call),
    ended: (call) => {
      graph.ended(operatorOf(call));
      inner.ended(call);
    },
    take: () => {
      const submitted = inner.take();
      for (const { call } of submitted) graph.started(operatorOf(call));
      return submitted;
    },
  };
}
