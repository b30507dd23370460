import { GREEDY, operatorId, runId, tenantId } from '@helium/shared';
import type { Segment } from '../../plan/operator.ts';
import type { NodeAction, PhysicalNode, PlanOutput } from '../../plan/physical-plan.ts';
import { USUAL_OPTIONS } from '../usual-options.ts';
import type { PlannedRun } from './core-event.ts';

/** The plan that a script's `plan` command and the lines below it tell of, see `runScript`. */
export function planOf(
  name: string,
  words: readonly string[],
  lines: readonly string[],
  now: number,
): PlannedRun {
  const ids = new Map<string, number>();
  const nodes: PhysicalNode[] = [];
  const outputs: PlanOutput[] = [];
  for (const line of lines) {
    const [kind = '', id = '', ...rest] = line.split(' ');
    if (kind === 'output') {
      outputs.push({ row: 0, name: id, node: ids.get(id) ?? -1 });
      continue;
    }
    const { action, inputs } = actionOf(kind, id, rest, ids);
    ids.set(id, nodes.length);
    nodes.push({ operator: operatorId(id), action, inputs, rows: [0] });
  }
  const calls = nodes.filter(({ action }) => action.kind === 'call').length;
  const optionOf = (name: string) =>
    words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  return {
    id: runId(name),
    tenant: tenantId(optionOf('tenant') ?? 't'),
    plan: {
      nodes,
      outputs,
      rowCount: 1,
      counts: { submitted: calls, pruned: 0, merged: 0, cached: 0 },
    },
    options: {
      ...USUAL_OPTIONS,
      usePromptCache: !words.includes('nocache'),
      naive: words.includes('naive'),
      streamDeltas: words.includes('stream'),
      deadlineMs: Number(optionOf('deadline') ?? 0),
      priority: Number(optionOf('priority') ?? 0),
    },
    cacheSalt: 's',
    derivationKeys: new Map(),
    acceptedAt: now,
    planMs: 0,
  };
}

function actionOf(
  kind: string,
  id: string,
  words: readonly string[],
  ids: ReadonlyMap<string, number>,
): { readonly action: NodeAction; readonly inputs: readonly number[] } {
  if (kind === 'value') {
    return { action: { kind: 'value', text: words.join(' '), source: 'plan' }, inputs: [] };
  }
  if (kind === 'each') return eachOf(id, words, ids);
  const isCall = kind === 'call' || kind === 'dice';
  const content = segmentsOf(words.slice(isCall ? 1 : 0).join(' '));
  const bindings = new Map(
    content.flatMap((part) =>
      part.kind === 'ref' ? [[part.operator, ids.get(part.operator) ?? -1] as const] : [],
    ),
  );
  const inputs = [...new Set(bindings.values())].sort((a, b) => a - b);
  const operator = operatorId(id);
  if (isCall) {
    const sampling = kind === 'dice' ? { temperature: 1, topK: 0, topP: 1 } : GREEDY;
    const messages = [{ role: 'user', content } as const];
    const rest = { model: words[0] ?? '', messages, sampling, maxTokens: 8, stop: [] };
    return {
      action: { kind: 'call', operator: { kind: 'llm', id: operator, ...rest }, bindings },
      inputs,
    };
  }
  const evaluated =
    kind === 'fn'
      ? ({
          kind: 'fn',
          id: operator,
          name: id,
          pure: true,
          args: [{ name: 'x', value: content }],
        } as const)
      : ({ kind: 'format', id: operator, content } as const);
  return { action: { kind: 'evaluate', operator: evaluated, bindings }, inputs };
}

function eachOf(
  id: string,
  [model = '', list = '', ...prompt]: readonly string[],
  ids: ReadonlyMap<string, number>,
): { readonly action: NodeAction; readonly inputs: readonly number[] } {
  const name = list.slice(1, -1);
  const source = ids.get(name) ?? -1;
  const messages = [{ role: 'user', content: segmentsOf(prompt.join(' ')) } as const];
  const call = { model, messages, sampling: GREEDY, maxTokens: 8, stop: [] };
  const member = { kind: 'llm', id: operatorId('asked'), ...call } as const;
  const operator = {
    kind: 'each',
    id: operatorId(id),
    list: { text: segmentsOf(list), format: 'json', itemsMax: 3, overflow: 'truncate' },
    item: operatorId('item'),
    body: { operators: [member], result: segmentsOf('{asked}') },
    separator: ' ',
  } as const;
  const bindings = new Map([[operatorId(name), source]]);
  return { action: { kind: 'expand', operator, bindings }, inputs: [source] };
}

function segmentsOf(template: string): Segment[] {
  return template
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) =>
      part.startsWith('{')
        ? { kind: 'ref', operator: operatorId(part.slice(1, -1)) }
        : { kind: 'text', text: part },
    );
}
