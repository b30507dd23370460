import { type ModelDigest, modelDigest, operatorId } from '@helium/shared';
import fc from 'fast-check';
import {
  DEFAULT_PLAN_LIMITS,
  type Identities,
  type LogicalPlan,
  type Operator,
  type Row,
  type Segment,
  SPELLED_CHARACTERS_MAX,
  validateWorkflow,
} from '../plan/index.ts';

/**
 * Names that the random workflows use, and what stands behind them. Models `m` and `n` are one
 * model.
 */
export const IDENTITIES: Identities = {
  models: new Map<string, ModelDigest>([
    ['m', modelDigest('digest-1')],
    ['n', modelDigest('digest-1')],
    ['o', modelDigest('digest-2')],
  ]),
  functions: new Map([['shout', 'code-1']]),
};

/** What the random workflows may name. */
export const OFFER = {
  models: ['m', 'n', 'o'],
  functions: new Map([
    ['shout', { pure: true }],
    ['roll', { pure: false }],
  ]),
};

/** Two of these are spelled out in signatures alone but not together, the last not even alone. */
const HALF = 'h'.repeat(SPELLED_CHARACTERS_MAX - 300);
const LONG = 'l'.repeat(SPELLED_CHARACTERS_MAX + 1);

/**
 * Workflows of few words over few values, so that equal prompts, dead branches and equal rows
 * abound.
 */
export const randomPlan: fc.Arbitrary<LogicalPlan> = fc
  .array(randomStep(), { minLength: 1, maxLength: 14 })
  .chain((steps) =>
    fc.record({
      steps: fc.constant(steps),
      rows: fc.array(randomRow(), { minLength: 1, maxLength: 4 }),
      outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    }),
  )
  .map(({ steps, rows, outputs }) => planOf(steps, rows, outputs));

interface Step {
  readonly kind: 'input' | 'constant' | 'llm' | 'format' | 'fn' | 'map';
  readonly word: string;
  /** Chosen among the operators before; modulo how many there are. */
  readonly refs: readonly number[];
  readonly model: string;
  readonly sampling: 'greedy' | 'seeded' | 'free';
  readonly isPure: boolean;
}

function randomStep(): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constantFrom('input', 'constant', 'llm', 'llm', 'llm', 'format', 'fn', 'map'),
    word: fc.constantFrom('', 'a', 'a', 'a', 'b', 'ab', HALF, LONG),
    refs: fc.array(fc.nat(), { maxLength: 3 }),
    model: fc.constantFrom('m', 'm', 'n', 'o'),
    sampling: fc.constantFrom('greedy', 'greedy', 'greedy', 'seeded', 'free'),
    isPure: fc.boolean(),
  });
}

function randomRow(): fc.Arbitrary<Row> {
  const value = fc.constantFrom('a', 'b', 'ab', '', HALF, LONG);
  return fc.record({ x: value, y: value });
}

function planOf(steps: readonly Step[], rows: readonly Row[], outputs: readonly number[]) {
  const operators = steps.map((step, i) => operatorOf(step, i));
  const named = outputs.map(
    (at, i): Operator => ({
      kind: 'output',
      id: operatorId(`out${i}`),
      name: `result ${i}`,
      value: operatorId(`op${at % steps.length}`),
    }),
  );
  const workflow = { name: 'random', operators: [...operators, ...named] };
  return validateWorkflow(workflow, rows, OFFER, DEFAULT_PLAN_LIMITS);
}

function operatorOf(step: Step, index: number): Operator {
  const id = operatorId(`op${index}`);
  const { kind } = step;
  const content = contentOf(step, index);
  switch (kind) {
    case 'input':
      return { kind, id, field: step.word.length % 2 === 0 ? 'x' : 'y' };
    case 'constant':
      return { kind, id, text: step.word };
    case 'format':
      return { kind, id, content };
    case 'llm':
      return llmOf(step, index, content);
    case 'fn':
      return {
        kind,
        id,
        name: step.isPure ? 'shout' : 'roll',
        pure: step.isPure,
        args: [{ name: 'text', value: content }],
      };
    case 'map': {
      const item = operatorId(`item${index}`);
      const body = operatorId(`body${index}`);
      const inner: Operator = {
        ...llmOf(step, index, [...content, { kind: 'ref', operator: item }]),
        id: body,
      };
      return {
        kind,
        id,
        items: ['a', 'b', 'a'],
        item,
        body: [inner],
        result: body,
        separator: '|',
      };
    }
  }
}

function llmOf(step: Step, index: number, content: readonly Segment[]) {
  const temperature = step.sampling === 'greedy' ? 0 : 1;
  const seed = step.sampling === 'seeded' ? { seed: 7n } : {};
  return {
    kind: 'llm' as const,
    id: operatorId(`op${index}`),
    model: step.model,
    messages: [{ role: 'user' as const, content }],
    sampling: { temperature, topK: 0, topP: 1, ...seed },
    maxTokens: 8,
    stop: [],
  };
}

function contentOf(step: Step, index: number): readonly Segment[] {
  const refs = index === 0 ? [] : step.refs;
  return [
    { kind: 'text', text: step.word },
    ...refs.map((at): Segment => ({ kind: 'ref', operator: operatorId(`op${at % index}`) })),
  ];
}
