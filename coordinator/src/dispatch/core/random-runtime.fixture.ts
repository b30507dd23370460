import { GREEDY, type OperatorId, operatorId, type Prng } from '@helium/shared';
import type { PlanOperator, RuntimeOperator } from '../../plan/logical-plan.ts';
import type { Predicate, Segment } from '../../plan/operator.ts';

/** Bodies within bodies. */
const NESTED_MAX = 1;

/** A map, cond or loop over these segments; its body may hold another. */
export function randomRuntimeOperator(
  random: Prng,
  number: number,
  segments: readonly Segment[],
  model: string,
): RuntimeOperator {
  let named = 0;
  const pick = (count: number) => Math.floor(random() * count);
  const fresh = (name: string) => operatorId(`${name}${number}x${named++}`);
  const ref = (operator: OperatorId): Segment => ({ kind: 'ref', operator });
  const call = (content: readonly Segment[]): PlanOperator => {
    const messages = [{ role: 'user', content } as const];
    const rest = { model, messages, sampling: GREEDY, maxTokens: 8, stop: [] };
    return { kind: 'llm', id: fresh('call'), ...rest };
  };
  // Answers are four hex digits: about half of them hold one of these.
  const chancy = (text: readonly Segment[]): Predicate => {
    const test = { kind: 'contains', value: '0123'.charAt(pick(4)), ignoreCase: false } as const;
    return { text, test, negated: random() < 0.3 };
  };
  const body = (scope: readonly Segment[], depth: number) => {
    const first = call([{ kind: 'text', text: `q${pick(2)}` }, ...scope]);
    const operators = [first];
    if (depth > 0 && random() < 0.5) operators.push(make([...scope, ref(first.id)], depth - 1));
    const last = operators.at(-1)?.id ?? first.id;
    return { operators, result: random() < 0.2 ? scope : [ref(last)] };
  };
  const make = (scope: readonly Segment[], depth: number): RuntimeOperator => {
    const id = depth === NESTED_MAX ? operatorId(`n${number}`) : fresh('op');
    const kind = (['each', 'cond', 'loop'] as const)[pick(3)] ?? 'each';
    if (kind === 'each') {
      const item = fresh('item');
      const lines: Segment[] = [{ kind: 'text', text: ['', 'a\nb\na\n', 'c\n'][pick(3)] ?? '' }];
      const text = [...lines, ...scope];
      const list = { text, format: 'lines', itemsMax: 3, overflow: 'truncate' } as const;
      return { kind, id, list, item, body: body([ref(item), ...scope], depth), separator: '\n' };
    }
    if (kind === 'cond') {
      const branches = { yes: body(scope, depth), no: body(scope, depth) };
      return { kind, id, predicate: chancy(scope), branches };
    }
    const variable = fresh('state');
    const turn = body([ref(variable), ...scope.slice(0, 1)], depth);
    const variables = [{ id: variable, first: scope, next: turn.result }];
    const until = chancy(turn.result);
    return { kind, id, variables, body: turn, until, turnsMax: 1 + pick(3), atBound: 'last' };
  };
  return make(segments, NESTED_MAX);
}
