import type { OperatorId } from '@helium/shared';
import { isRuntime, type PlanOperator, type RuntimeOperator } from './logical-plan.ts';
import type { Branch, CondOperator, EachOperator, LoopOperator, Segment } from './operator.ts';
import type { NodeAction, PhysicalNode } from './physical-plan.ts';
import { referencesOf } from './references.ts';
import { copyId, type Unrolled, unrollBranch, unrollEach, unrollTurn } from './unroll.ts';

/** What is expected of an operator before its value is known. */
export interface ExpectedShapes {
  /** Items of its list; ≥ 0. */
  items(operator: EachOperator<PlanOperator>): number;
  branch(operator: CondOperator<PlanOperator>): Branch;
  /** Turns still to come; ≥ 0. */
  turns(operator: LoopOperator<PlanOperator>): number;
}

/** What a node is expected to become. */
export interface ForeseenNodes {
  readonly nodes: ReadonlyMap<number, PhysicalNode>;
  /** Whose text is expected to be that of the node. */
  readonly result: number;
}

/**
 * Calls foreseen for one node, and those of copies that are begun: what is to be expanded beyond them is one
 * unknown text, and items beyond them are not foreseen.
 */
const CALLS_MAX = 64;

/**
 * The nodes that one to be expanded is expected to become: as many copies as there were in the mean,
 * the branch taken most often. Items that nobody knows yet are nodes of unknown text, and the numbers
 * are those that `allot` gives. For planning only: none of these is ever run.
 */
export function foreseeExpansion(
  node: PhysicalNode,
  operator: RuntimeOperator,
  bindings: ReadonlyMap<OperatorId, number>,
  shapes: ExpectedShapes,
  allot: () => number,
): ForeseenNodes {
  const foresight = new Foresight(node, shapes, allot);
  const result = foresight.expand(operator, new Map(bindings));
  return { nodes: foresight.nodes, result };
}

type Numbers = Map<OperatorId, number>;

class Foresight {
  readonly nodes = new Map<number, PhysicalNode>();
  readonly #node: PhysicalNode;
  readonly #shapes: ExpectedShapes;
  readonly #allot: () => number;
  #calls = 0;

  constructor(node: PhysicalNode, shapes: ExpectedShapes, allot: () => number) {
    this.#node = node;
    this.#shapes = shapes;
    this.#allot = allot;
  }

  /** The number of the node whose text is the operator's. `numbers`: of all that it refers to. */
  expand(operator: RuntimeOperator, numbers: Numbers): number {
    if (this.#calls >= CALLS_MAX) return this.#unknown(operator, numbers);
    switch (operator.kind) {
      case 'each': {
        const items = Math.min(this.#shapes.items(operator), this.#copiesMax(operator));
        const inside = new Map(numbers);
        for (let i = 0; i < items; i++) {
          inside.set(copyId(operator.id, i, operator.item), this.#unknown(operator, numbers));
        }
        return this.#place(unrollEach(operator, items), operator.id, inside);
      }
      case 'cond':
        return this.#place(
          unrollBranch(operator, this.#shapes.branch(operator)),
          operator.id,
          numbers,
        );
      case 'loop':
        return this.#turn(operator, numbers);
    }
  }

  /** Copies of the body after which there are as many calls as are foreseen; those in further bodies not counted. */
  #copiesMax({ body }: EachOperator<PlanOperator>): number {
    const calls = body.operators.filter(({ kind }) => kind === 'llm').length;
    return Math.ceil((CALLS_MAX - this.#calls) / calls);
  }

  #turn(operator: LoopOperator<PlanOperator>, numbers: Numbers): number {
    const { begun, variables } = operator;
    if (this.#shapes.turns(operator) === 0 && begun !== undefined) {
      return this.#text(begun.result, operator.id, numbers);
    }
    const inside = new Map(numbers);
    const name = begun?.name ?? operator.id;
    for (const { id, first } of variables) {
      const copy = copyId(name, begun?.turns ?? 0, id);
      inside.set(copy, this.#text(first, copy, numbers));
    }
    return this.#place(unrollTurn(operator), operator.id, inside);
  }

  #place({ operators, result }: Unrolled, id: OperatorId, numbers: Numbers): number {
    const inside = new Map(numbers);
    for (const member of operators) inside.set(member.id, this.#member(member, inside));
    return this.#text(result, id, inside);
  }

  #member(operator: PlanOperator, numbers: Numbers): number {
    if (isRuntime(operator)) return this.expand(operator, numbers);
    const bindings = bindingsOf(operator, numbers);
    switch (operator.kind) {
      case 'llm':
        this.#calls += 1;
        return this.#add(operator.id, { kind: 'call', operator, bindings });
      case 'format':
      case 'fn':
        return this.#add(operator.id, { kind: 'evaluate', operator, bindings });
      case 'constant':
        return this.#add(operator.id, { kind: 'value', text: operator.text, source: 'plan' });
      case 'input':
        return this.#add(operator.id, { kind: 'value', text: '', source: 'plan' });
    }
  }

  #text(content: readonly Segment[], id: OperatorId, numbers: Numbers): number {
    const operator = { kind: 'format', id, content } as const;
    return this.#add(id, { kind: 'evaluate', operator, bindings: bindingsOf(operator, numbers) });
  }

  /** A text that nothing is known of but when: after all that decides it. */
  #unknown(operator: RuntimeOperator, numbers: Numbers): number {
    return this.#add(operator.id, {
      kind: 'expand',
      operator,
      bindings: bindingsOf(operator, numbers),
    });
  }

  #add(operator: OperatorId, action: NodeAction): number {
    const number = this.#allot();
    const inputs = action.kind === 'value' ? [] : [...new Set(action.bindings.values())];
    this.nodes.set(number, { operator, action, inputs, rows: this.#node.rows });
    return number;
  }
}

function bindingsOf(operator: PlanOperator, numbers: Numbers): ReadonlyMap<OperatorId, number> {
  return new Map(
    referencesOf(operator).flatMap((id) => {
      const number = numbers.get(id);
      return number === undefined ? [] : [[id, number] as const];
    }),
  );
}
