import { type ExpansionOutcome, HeliumError, invariant, type OperatorId } from '@helium/shared';
import {
  bodiesOf,
  createLogicalPlan,
  type LogicalPlan,
  type PlanOperator,
  type RuntimeOperator,
} from './logical-plan.ts';
import type { CondOperator, EachOperator, LoopOperator, Segment } from './operator.ts';
import { holds } from './predicate.ts';
import { readList } from './read-list.ts';
import { referencesOf } from './references.ts';
import { joinTexts } from './render.ts';
import { copyId, type Unrolled, unrollBranch, unrollEach, unrollTurn } from './unroll.ts';

/** What an operator became. */
export interface Expansion {
  readonly outcome: ExpansionOutcome;
  /**
   * To be planned as any other plan: everything outside is a constant. Its only output, once per row,
   * is the operator's text. One row per instance that the operator's node answers for.
   */
  readonly plan: LogicalPlan;
}

/** The text of an operator that one refers to. */
export type KnownText = (id: OperatorId) => string;

interface Unfolded extends Unrolled {
  readonly outcome: ExpansionOutcome;
  /** Texts of the ids that are in scope of copies and no operators. */
  readonly scoped: ReadonlyMap<OperatorId, string>;
  /** LLM operators that would have been, had the value been another. */
  readonly prunedCalls: number;
}

/**
 * Expands an operator whose every reference has its text, for `instances` rows that are alike. Throws
 * LIST_INVALID, LOOP_UNFINISHED, FUNCTION_FAILED or PROMPT_TOO_LONG for values that do not allow it.
 */
export function expandOperator(
  operator: RuntimeOperator,
  textOf: KnownText,
  instances: number,
): Expansion {
  const { outcome, operators, result, scoped, prunedCalls } = unfold(operator, textOf);
  const constants = [
    ...referencesOf(operator).map((id) => [id, textOf(id)] as const),
    ...scoped,
  ].map(([id, text]): PlanOperator => ({ kind: 'constant', id, text }));
  const plan = createLogicalPlan({
    name: operator.id,
    operators: [...constants, ...operators, { kind: 'format', id: operator.id, content: result }],
    outputs: [{ name: 'text', value: operator.id }],
    rows: Array.from({ length: instances }, () => ({})),
  });
  const submittedCalls = plan.submittedCalls + prunedCalls;
  return { outcome, plan: { ...plan, submittedCalls, prunedCalls } };
}

function unfold(operator: RuntimeOperator, textOf: KnownText): Unfolded {
  switch (operator.kind) {
    case 'each':
      return unfoldEach(operator, textOf);
    case 'cond':
      return unfoldCond(operator, textOf);
    case 'loop':
      return unfoldLoop(operator, textOf);
  }
}

function unfoldEach(operator: EachOperator<PlanOperator>, textOf: KnownText): Unfolded {
  const { format, itemsMax, overflow } = operator.list;
  const all = readList(render(operator.list.text, textOf), format);
  const dropped = Math.max(0, all.length - itemsMax);
  if (dropped > 0 && overflow === 'fail') {
    throw new HeliumError('LIST_INVALID', `the list has ${all.length} items, max is ${itemsMax}`);
  }
  const items = all.slice(0, itemsMax);
  const scoped = new Map(items.map((text, i) => [copyId(operator.id, i, operator.item), text]));
  const outcome = { kind: 'map', items: items.length, dropped } as const;
  return { ...unrollEach(operator, items.length), outcome, scoped, prunedCalls: 0 };
}

function unfoldCond(operator: CondOperator<PlanOperator>, textOf: KnownText): Unfolded {
  const { predicate } = operator;
  const branch = holds(predicate, render(predicate.text, textOf)) ? 'yes' : 'no';
  const [chosen, other] = bodiesOf(operator);
  const left = branch === 'yes' ? other : chosen;
  return {
    ...unrollBranch(operator, branch),
    outcome: { kind: 'cond', branch },
    scoped: new Map(),
    prunedCalls: left?.operators.filter(({ kind }) => kind === 'llm').length ?? 0,
  };
}

function unfoldLoop(operator: LoopOperator<PlanOperator>, textOf: KnownText): Unfolded {
  const { begun, turnsMax, atBound, variables } = operator;
  if (begun !== undefined) {
    const { until, turns, result } = begun;
    const isMet = holds(until, render(until.text, textOf));
    if (!isMet && turns >= turnsMax && atBound === 'fail') {
      const message = `its predicate did not hold after ${turns} turns, max is ${turnsMax}`;
      throw new HeliumError('LOOP_UNFINISHED', message);
    }
    if (isMet || turns >= turnsMax) {
      const outcome = { kind: 'ended', turns, by: isMet ? 'until' : 'bound' } as const;
      return { outcome, operators: [], result, scoped: new Map(), prunedCalls: 0 };
    }
  }
  const name = begun?.name ?? operator.id;
  const turn = begun?.turns ?? 0;
  const scoped = new Map(
    variables.map(({ id, first }) => [copyId(name, turn, id), render(first, textOf)]),
  );
  const outcome = { kind: 'turn', turn: turn + 1 } as const;
  return { ...unrollTurn(operator), outcome, scoped, prunedCalls: 0 };
}

function render(segments: readonly Segment[], textOf: KnownText): string {
  return joinTexts(
    segments.map((part) => (part.kind === 'text' ? part.text : textOf(part.operator))),
  );
}

/** The texts by operator as a function of the ids. */
export function knownTexts(texts: ReadonlyMap<OperatorId, string>): KnownText {
  return (id) => {
    const text = texts.get(id);
    invariant(text !== undefined, `"${id}" has no text to expand by`);
    return text;
  };
}
