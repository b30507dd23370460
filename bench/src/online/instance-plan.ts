import type {
  Instance,
  NodeAction,
  PhysicalNode,
  PhysicalPlan,
  PromptTokenizer,
  TokenizedPrompt,
} from '@helium/coordinator/online';
import { operatorId } from '@helium/shared';

/** What an output is called in texts: long outputs cost no memory here. */
export const answerOf = (call: number) => `o${call};`;

/**
 * Some calls of an instance as a plan: node i is `calls[i]`. What a call depends on must be among
 * them. Texts are names (`s3;` for segment 3), made tokens of by `instanceTokenizer`. The calls sample,
 * so that none is answered for another: the instance counts each.
 */
export function instancePlan(instance: Instance, calls: readonly number[]): PhysicalPlan {
  const nodeOf = new Map(calls.map((call, node) => [call, node]));
  const nodes = calls.map((number): PhysicalNode => {
    const { prompt, deps, op, query } = instance.calls[number]!;
    const id = operatorId(`op${op}`);
    const inputs = [...deps].map((dep) => nodeOf.get(dep)!).sort((a, b) => a - b);
    const content = Array.from(prompt, (item) =>
      item >= 0
        ? ({ kind: 'text', text: `s${item};` } as const)
        : ({ kind: 'ref', operator: operatorId(`o${~item}`) } as const),
    );
    const bindings = new Map([...deps].map((dep) => [operatorId(`o${dep}`), nodeOf.get(dep)!]));
    const sampling = { temperature: 1, topK: 0, topP: 1 };
    const messages = [{ role: 'user', content } as const];
    const operator = { kind: 'llm', id, model: 'm', messages, sampling, maxTokens: 4096, stop: [] };
    const action = { kind: 'call', operator, bindings } as NodeAction;
    return { operator: id, action, inputs, rows: [query] };
  });
  const outputs = nodes.map((_, node) => ({ row: 0, name: `n${node}`, node }));
  const counts = { submitted: calls.length, pruned: 0, merged: 0, cached: 0 };
  return { nodes, outputs, rowCount: 1, counts };
}

/** Every segment is that many tokens of its own. */
export function instanceTokenizer({ segments }: Instance): PromptTokenizer {
  const made = new Map<number, Int32Array>();
  const tokensOf = (segment: number) => {
    const known = made.get(segment);
    if (known !== undefined) return known;
    const tokens = new Int32Array(segments[segment]!).fill(segment);
    made.set(segment, tokens);
    return tokens;
  };
  return (messages) => {
    const items: TokenizedPrompt['items'][number][] = [];
    for (const part of messages.flatMap(({ content }) => content)) {
      if ('hole' in part) items.push({ kind: 'hole', node: part.hole });
      else items.push({ kind: 'tokens', tokens: tokensOf(Number(part.text.slice(1, -1))) });
    }
    return { items, exact: true };
  };
}
