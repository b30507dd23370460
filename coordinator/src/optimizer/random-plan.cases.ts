import { type ModelDigest, modelDigest, operatorId } from '@helium/shared';
import fc from 'fast-check';
import {
  DEFAULT_PLAN_LIMITS,
  type Identities,
  type LogicalPlan,
  type Operator,
  type Predicate,
  type PredicateTest,
  type Row,
  type Segment,
  SPELLED_CHARACTERS_MAX,
  validateWorkflow,
  type Workflow,
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
  functions: new Map([
    ['shout', 'code-1'],
    ['text.matches', 'code-2'],
  ]),
};

/** What the random workflows may name. */
export const OFFER = {
  models: ['m', 'n', 'o'],
  functions: new Map([
    ['shout', { pure: true }],
    ['roll', { pure: false }],
    ['text.matches', { pure: true }],
  ]),
};

/** Two of these are spelled out in signatures alone but not together, the last not even alone. */
const HALF = 'h'.repeat(SPELLED_CHARACTERS_MAX - 300);
const LONG = 'l'.repeat(SPELLED_CHARACTERS_MAX + 1);

/**
 * Workflows of few words over few values, so that equal prompts, dead branches and equal rows
 * abound.
 */
export const randomCase: fc.Arbitrary<RandomCase> = fc
  .array(randomStep(), { minLength: 1, maxLength: 14 })
  .chain((steps) =>
    fc.record({
      steps: fc.constant(steps),
      rows: fc.array(randomRow(), { minLength: 1, maxLength: 4 }),
      outputs: fc.array(fc.nat(), { minLength: 1, maxLength: 5 }),
    }),
  )
  .map(({ steps, rows, outputs }) => planOf(steps, rows, outputs));

/** Only the plans of such workflows. */
export const randomPlan: fc.Arbitrary<LogicalPlan> = randomCase.map(({ plan }) => plan);

export interface RandomCase {
  readonly workflow: Workflow;
  readonly rows: readonly Row[];
  readonly plan: LogicalPlan;
  /** Some answers are left to chance: they depend on who asks. */
  readonly isChancy: boolean;
}

type RuntimeKind = 'each' | 'cond' | 'loop';

interface Step {
  readonly kind: 'input' | 'constant' | 'llm' | 'format' | 'fn' | 'map' | RuntimeKind;
  readonly word: string;
  /** Chosen among the operators before; modulo how many there are. */
  readonly refs: readonly number[];
  readonly model: string;
  readonly sampling: 'greedy' | 'seeded' | 'free';
  readonly isPure: boolean;
  /** A small number that decides details. */
  readonly detail: number;
}

function randomStep(): fc.Arbitrary<Step> {
  return fc.record({
    kind: fc.constantFrom(
      'input',
      'constant',
      'llm',
      'llm',
      'llm',
      'format',
      'fn',
      'map',
      'each',
      'cond',
      'loop',
    ),
    word: fc.constantFrom('', 'a', 'a', 'a', 'b', 'ab', HALF, LONG),
    refs: fc.array(fc.nat(), { maxLength: 3 }),
    model: fc.constantFrom('m', 'm', 'n', 'o'),
    sampling: fc.constantFrom('greedy', 'greedy', 'greedy', 'seeded', 'free'),
    isPure: fc.boolean(),
    detail: fc.nat(11),
  });
}

function randomRow(): fc.Arbitrary<Row> {
  const value = fc.constantFrom('a', 'b', 'ab', '', HALF, LONG);
  return fc.record({ x: value, y: value });
}

function planOf(
  steps: readonly Step[],
  rows: readonly Row[],
  outputs: readonly number[],
): RandomCase {
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
  const plan = validateWorkflow(workflow, rows, OFFER, DEFAULT_PLAN_LIMITS);
  const isChancy = steps.some(({ kind, sampling, isPure }) =>
    kind === 'fn' ? !isPure : sampling === 'free',
  );
  return { workflow, rows, plan, isChancy };
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
    default:
      return runtimeOf(kind, step, index, content);
  }
}

const ref = (id: string): Segment => ({ kind: 'ref', operator: operatorId(id) });

function predicateOf({ word, detail }: Step, text: readonly Segment[]): Predicate {
  const ignoreCase = detail % 2 === 0;
  const tests: readonly PredicateTest[] = [
    { kind: 'contains', value: word.slice(0, 1), ignoreCase },
    { kind: 'equals', value: word, ignoreCase },
    { kind: 'startsWith', value: `${word.slice(0, 1)}[`, ignoreCase },
    { kind: 'nonEmpty' },
    { kind: 'matches', pattern: '[0-4]\\]', ignoreCase },
  ];
  return { text, test: tests[detail % tests.length]!, negated: detail % 3 === 0 };
}

/** An operator with a body of one call, in the scope of all operators before it. */
function runtimeOf(
  kind: RuntimeKind,
  step: Step,
  index: number,
  content: readonly Segment[],
): Operator {
  const id = operatorId(`op${index}`);
  const call = (name: string, more: readonly Segment[]): Operator => ({
    ...llmOf(step, index, [...content, ...more]),
    id: operatorId(`${name}${index}`),
  });
  switch (kind) {
    case 'each': {
      const bullets: Segment[] = [{ kind: 'text', text: '- a\n\n2. b\n' }, ...content];
      const list = { text: bullets, format: 'bullets', itemsMax: 3, overflow: 'truncate' } as const;
      const item = operatorId(`item${index}`);
      // Every second one decides for each item whether to ask.
      const inner: Operator =
        step.detail % 2 === 0
          ? call('body', [ref(item)])
          : {
              kind: 'cond',
              id: operatorId(`body${index}`),
              predicate: predicateOf(step, [ref(item)]),
              branches: {
                yes: { operators: [call('yes', [ref(item)])], result: [ref(`yes${index}`)] },
                no: { operators: [], result: [ref(item)] },
              },
            };
      const body = { operators: [inner], result: [ref(inner.id)] };
      return { kind, id, list, item, body, separator: '|' };
    }
    case 'cond': {
      const yes = { operators: [call('yes', [])], result: [ref(`yes${index}`)] };
      // What it decides by is often less than what it needs then.
      const some = content.slice(0, 2);
      const no = { operators: [], result: some };
      return { kind, id, predicate: predicateOf(step, some), branches: { yes, no } };
    }
    case 'loop': {
      const variable = operatorId(`state${index}`);
      const body = { operators: [call('turn', [ref(variable)])], result: [ref(`turn${index}`)] };
      const next = [ref(`turn${index}`), { kind: 'text', text: '.' } as const];
      const variables = [{ id: variable, first: content, next }];
      const until = predicateOf({ ...step, detail: 4 * (step.detail % 2) }, body.result);
      return { kind, id, variables, body, until, turnsMax: 1 + (step.detail % 3), atBound: 'last' };
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
