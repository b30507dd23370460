import { modelDigest, operatorId } from '@helium/shared';
import {
  DEFAULT_PLAN_LIMITS,
  type Identities,
  type LogicalPlan,
  type Operator,
  type Predicate,
  type Row,
  type Segment,
  validateWorkflow,
} from '../plan/index.ts';

/** What the plans of these cases name. */
export const CASE_IDENTITIES: Identities = {
  models: new Map([['m', modelDigest('digest-m')]]),
  functions: new Map([['indicators', 'code-1']]),
};

/** A validated plan with no ceremony; texts refer by `{id}`. */
export function planOf(
  name: string,
  operators: readonly Operator[],
  rows: readonly Row[],
): LogicalPlan {
  const functions = new Map([
    ['indicators', { pure: true }],
    ['dice', { pure: false }],
  ]);
  const offer = { models: ['m'], functions };
  return validateWorkflow({ name, operators }, rows, offer, DEFAULT_PLAN_LIMITS);
}

export function segments(text: string): readonly Segment[] {
  return text.split(/\{([^}]*)\}/).flatMap((part, i): Segment[] => {
    if (i % 2 === 1) return [{ kind: 'ref', operator: operatorId(part) }];
    return part === '' ? [] : [{ kind: 'text', text: part }];
  });
}

export function input(id: string): Operator {
  return { kind: 'input', id: operatorId(id), field: id };
}

export function constant(id: string, text: string): Operator {
  return { kind: 'constant', id: operatorId(id), text };
}

export function format(id: string, text: string): Operator {
  return { kind: 'format', id: operatorId(id), content: segments(text) };
}

export function fn(id: string, name: string, text: string, pure = true): Operator {
  const args = [{ name: 'text', value: segments(text) }];
  return { kind: 'fn', id: operatorId(id), name, pure, args };
}

/** `system` may be empty; `temperature` above 0 has no seed. */
export function llm(id: string, system: string, user: string, temperature = 0): Operator {
  const head = { role: 'system' as const, content: segments(system) };
  const body = { role: 'user' as const, content: segments(user) };
  return {
    kind: 'llm',
    id: operatorId(id),
    model: '',
    messages: system === '' ? [body] : [head, body],
    sampling: { temperature, topK: 0, topP: 1 },
    maxTokens: 64,
    stop: [],
  };
}

export function output(name: string, value: string): Operator {
  return { kind: 'output', id: operatorId(`out-${name}`), name, value: operatorId(value) };
}

export function map(
  id: string,
  items: readonly string[],
  body: readonly Operator[],
  result: string,
): Operator {
  const item = operatorId(`${id}-item`);
  return {
    kind: 'map',
    id: operatorId(id),
    items,
    item,
    body,
    result: operatorId(result),
    separator: '\n',
  };
}

/** The body once per line of the text, for four lines at most; further ones are dropped. */
export function each(
  id: string,
  text: string,
  operators: readonly Operator[],
  result: string,
): Operator {
  return {
    kind: 'each',
    id: operatorId(id),
    list: { text: segments(text), format: 'lines', itemsMax: 4, overflow: 'truncate' },
    item: operatorId(`${id}-item`),
    body: { operators, result: segments(`{${result}}`) },
    separator: '\n',
  };
}

function has(text: string, value: string): Predicate {
  const test = { kind: 'contains', value, ignoreCase: false } as const;
  return { text: segments(text), test, negated: false };
}

/** The text `yes` where the text contains the value, else what the operator says. */
export function cond(id: string, text: string, value: string, yes: string, no: Operator): Operator {
  return {
    kind: 'cond',
    id: operatorId(id),
    predicate: has(text, value),
    branches: {
      yes: { operators: [], result: segments(yes) },
      no: { operators: [no], result: segments(`{${no.id}}`) },
    },
  };
}

/** At most three turns, each on the result of the one before, until the text contains the value. */
export function loop(
  id: string,
  first: string,
  operators: readonly Operator[],
  result: string,
  [text, value]: readonly [string, string],
): Operator {
  return {
    kind: 'loop',
    id: operatorId(id),
    variables: [
      { id: operatorId(`${id}-text`), first: segments(first), next: segments(`{${result}}`) },
    ],
    body: { operators, result: segments(`{${result}}`) },
    until: has(text, value),
    turnsMax: 3,
    atBound: 'last',
  };
}
