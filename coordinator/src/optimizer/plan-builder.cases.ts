import { modelDigest, operatorId } from '@helium/shared';
import {
  DEFAULT_PLAN_LIMITS,
  type Identities,
  type LogicalPlan,
  type Operator,
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
