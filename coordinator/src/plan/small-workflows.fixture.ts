import { HeliumError, operatorId } from '@helium/shared';
import { DEFAULT_PLAN_LIMITS, type PlanLimits } from './limits.ts';
import type { LlmOperator, MapOperator, Operator, Row, Segment } from './operator.ts';
import { validateWorkflow } from './validate.ts';

/** What the workflows may name. */
export const OFFER = {
  models: ['m'],
  functions: new Map([
    ['shout', { pure: true }],
    ['dice', { pure: false }],
  ]),
};

export const ref = (id: string): Segment => ({ kind: 'ref', operator: operatorId(id) });
export const text = (value: string): Segment => ({ kind: 'text', text: value });

/** Greedy, of the only model. */
export function llm(
  id: string,
  content: readonly Segment[],
  parts: Partial<LlmOperator> = {},
): Operator {
  return {
    kind: 'llm',
    id: operatorId(id),
    model: '',
    messages: [{ role: 'user', content }],
    sampling: { temperature: 0, topK: 0, topP: 1 },
    maxTokens: 16,
    stop: [],
    ...parts,
  };
}

export const input: Operator = { kind: 'input', id: operatorId('x'), field: 'x' };

export function format(id: string, ...content: readonly Segment[]): Operator {
  return { kind: 'format', id: operatorId(id), content };
}

export function output(value: string, name = 'result', id = `out-${name}`): Operator {
  return { kind: 'output', id: operatorId(id), name, value: operatorId(value) };
}

/** Over two items, of which the body is the item itself. */
export function map(id: string, parts: Partial<MapOperator>): MapOperator {
  return {
    kind: 'map',
    id: operatorId(id),
    items: ['1', '2'],
    item: operatorId(`${id}-item`),
    body: [format(`${id}-body`, ref(`${id}-item`))],
    result: operatorId(`${id}-body`),
    separator: ',',
    ...parts,
  };
}

/** Validates a workflow of these operators over one row, within the usual limits. */
export function validate(
  operators: readonly Operator[],
  rows: readonly Row[] = [{ x: '1' }],
  limits: Partial<PlanLimits> = {},
) {
  const workflow = { name: 'w', operators };
  return validateWorkflow(workflow, rows, OFFER, { ...DEFAULT_PLAN_LIMITS, ...limits });
}

/** The code, then `field: message` of every fault. */
export function refusal(act: () => unknown): string[] {
  try {
    act();
  } catch (thrown) {
    const error = HeliumError.from(thrown);
    return [error.code, ...error.faults.map((fault) => `${fault.field}: ${fault.message}`)];
  }
  throw new Error('it was accepted');
}

/** A workflow of which nothing is refused. */
export const good = [input, llm('a', [text('Say '), ref('x')]), output('a')];
