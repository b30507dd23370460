import { createHash } from 'node:crypto';
import { GREEDY, operatorId, type Prng } from '@helium/shared';
import { interpretOperator } from '../../plan/interpret.cases.ts';
import type { Segment } from '../../plan/operator.ts';
import type { NodeAction, PhysicalNode, PhysicalPlan } from '../../plan/physical-plan.ts';
import { renderArguments, renderMessages, renderSegments } from '../../plan/render.ts';
import { randomRuntimeOperator } from './random-runtime.fixture.ts';

type Messages = readonly Readonly<Record<'role' | 'content', string>>[];

/** What every fake model answers. */
export function fakeAnswer(messages: Messages): string {
  return digest(messages.map(({ role, content }) => `${role}:${content}`).join('|'));
}

/** What every fake function answers. */
export function fakeFunction(name: string, args: Readonly<Record<string, string>>): string {
  return digest(`${name}${JSON.stringify(args)}`);
}

/** The outputs as the plain reading of the plan gives them: node by node, nothing shared. */
export function evaluateNaively(plan: PhysicalPlan): string[] {
  const texts: string[] = [];
  const textOf = (node: number) => texts[node];
  for (const { action } of plan.nodes) {
    if (action.kind === 'value') texts.push(action.text);
    else if (action.kind === 'call') {
      texts.push(fakeAnswer(renderMessages(action.operator.messages, action.bindings, textOf)));
    } else if (action.operator.kind === 'fn') {
      const { operator, bindings } = action;
      texts.push(fakeFunction(operator.name, renderArguments(operator, bindings, textOf)));
    } else if (action.kind === 'expand') {
      const known = new Map([...action.bindings].map(([id, node]) => [id, texts[node] ?? '']));
      const world = {
        fn: fakeFunction,
        llm: (_: unknown, messages: Messages) => fakeAnswer(messages),
      };
      texts.push(interpretOperator(action.operator, known, world));
    } else texts.push(renderSegments(action.operator.content, action.bindings, textOf));
  }
  return plan.outputs.map(({ row, name, node }) => `${row} ${name} ${texts[node] ?? ''}`);
}

/** A plan of up to `size` nodes with many equal prompts, some known only when rendered. */
export function randomPlan(random: Prng, size: number, models: readonly string[]): PhysicalPlan {
  const pick = (count: number) => Math.floor(random() * count);
  const nodes: PhysicalNode[] = [];
  for (let number = 0; number < size; number++) {
    const inputs = [...new Set(Array.from({ length: pick(4) }, () => pick(number)))]
      .filter((input) => input < number)
      .sort((a, b) => a - b);
    nodes.push(randomNode(random, number, inputs, models[pick(models.length)] ?? 'm'));
  }
  const outputs = nodes.flatMap((_, node) =>
    random() < 0.4 || node === size - 1 ? { row: node % 2, name: `out${node}`, node } : [],
  );
  const calls = nodes.filter(({ action }) => action.kind === 'call').length;
  const counts = { submitted: calls, pruned: 0, merged: 0, cached: 0 };
  return { nodes, outputs, rowCount: 2, counts };
}

function randomNode(
  random: Prng,
  number: number,
  inputs: readonly number[],
  model: string,
): PhysicalNode {
  const id = operatorId(`n${number}`);
  const bindings = new Map(inputs.map((input) => [operatorId(`n${input}`), input]));
  const segments: Segment[] = [{ kind: 'text', text: `p${Math.floor(random() * 3)}` }];
  for (const operator of bindings.keys()) segments.push({ kind: 'ref', operator });
  const node = (action: NodeAction) => ({ operator: id, action, inputs, rows: [number % 2] });
  const chance = random();
  if (inputs.length === 0 && chance < 0.3) {
    const text = `v${Math.floor(random() * 2)}`;
    return node({ kind: 'value', text, source: 'plan' });
  }
  if (chance < 0.15) {
    return node({
      kind: 'evaluate',
      operator: { kind: 'format', id, content: segments },
      bindings,
    });
  }
  if (chance < 0.25) {
    const args = [{ name: 'x', value: segments }];
    const operator = { kind: 'fn', id, name: 'f', pure: true, args } as const;
    return node({ kind: 'evaluate', operator, bindings });
  }
  if (chance < 0.38) {
    const operator = randomRuntimeOperator(random, number, segments, model);
    return node({ kind: 'expand', operator, bindings });
  }
  const sampling = random() < 0.15 ? { temperature: 1, topK: 0, topP: 1 } : GREEDY;
  const messages = [{ role: 'user', content: segments } as const];
  const operator = { kind: 'llm', id, model, messages, sampling, maxTokens: 8, stop: [] } as const;
  return node({ kind: 'call', operator, bindings });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 4);
}
