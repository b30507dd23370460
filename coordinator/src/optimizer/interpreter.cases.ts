import { type ChatMessage, canonicalHash } from '@helium/shared';
import {
  type CacheKeys,
  type Identities,
  isRepeatable,
  type NodePlan,
  type PlannedNode,
  renderArguments,
  renderMessages,
  renderSegments,
} from '../plan/index.ts';
import { promptRequest } from './cache-lookup.ts';

/** Keys of their own making, so that a mistake in the real encodings shows. */
export const TEST_KEYS: CacheKeys = {
  prompt: ({ sampling, ...request }) => {
    const isGreedy = sampling.temperature === 0;
    const { seed, ...others } = sampling;
    const chosen = isGreedy ? 'greedy' : { ...others, seed: String(seed) };
    return canonicalHash('test', JSON.stringify({ ...request, chosen }));
  },
  derivation: (signature) => `derivation ${signature}`,
};

/** What executing a plan gave. */
export interface Execution {
  /** Text per output, in plan order. */
  readonly outputs: readonly string[];
  /** What a correct prompt cache would know afterwards. */
  readonly cache: ReadonlyMap<string, string>;
  readonly calls: number;
}

/**
 * Executes a plan node by node. The model is a hash of everything that decides its answer. What is
 * not repeatable answers by operator and row, so that an answer given to another instance shows.
 */
export function execute(plan: NodePlan, identities: Identities): Execution {
  const texts: string[] = [];
  const cache = new Map<string, string>();
  let calls = 0;
  for (const node of plan.nodes) {
    const text = textOfNode(node, texts, identities, cache);
    if (node.action.kind === 'call') calls += 1;
    if (node.signature !== undefined) cache.set(TEST_KEYS.derivation(node.signature), text);
    texts.push(text);
  }
  return { outputs: plan.outputs.map((output) => texts[output.node]!), cache, calls };
}

function textOfNode(
  node: PlannedNode,
  texts: readonly string[],
  identities: Identities,
  cache: Map<string, string>,
): string {
  const { action } = node;
  const textOf = (i: number) => texts[i];
  if (action.kind === 'value') return action.text;
  const { operator, bindings } = action;
  if (!isRepeatable(operator)) return `<${operator.id} of rows ${node.rows}>`;
  switch (operator.kind) {
    case 'format':
      return renderSegments(operator.content, bindings, textOf);
    case 'fn':
      return JSON.stringify(renderArguments(operator, bindings, textOf)).toUpperCase();
    case 'llm': {
      const messages = renderMessages(operator.messages, bindings, textOf);
      const key = TEST_KEYS.prompt(promptRequest(operator, messages as ChatMessage[], identities));
      cache.set(key, `[${key.slice(0, 6)}]`);
      return `[${key.slice(0, 6)}]`;
    }
  }
}
