import { type ChatMessage, canonicalHash, type OperatorId } from '@helium/shared';
import {
  type CacheKeys,
  expandOperator,
  type Identities,
  isRepeatable,
  knownTexts,
  type LlmOperator,
  type NodePlan,
  type PlanCounts,
  type PlannedNode,
  type RuntimeOperator,
  renderArguments,
  renderMessages,
  renderSegments,
} from '../plan/index.ts';
import { promptRequest } from './cache-lookup.ts';
import { instanceRows, placeExpansion } from './place-expansion.ts';
import { type PrepareOptions, prepareRun, substituteHits } from './prepare-run.ts';

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
  readonly cache: Map<string, string>;
  /** LLM instances, those of expansions included. */
  readonly counts: PlanCounts;
  readonly calls: number;
}

/** How expansions are planned. */
export type Planning = Pick<PrepareOptions, 'naive' | 'disabledRules' | 'identities'> & {
  /** What the prompt cache has when they are. */
  readonly hits?: ReadonlyMap<string, string>;
};

/**
 * Executes a plan node by node. The model is a hash of everything that decides its answer. What is
 * not repeatable answers by operator and row, so that an answer given to another instance shows.
 */
export function execute(plan: NodePlan, planning: Planning): Execution {
  const cache = new Map<string, string>();
  const world = { ...planning, cache, counts: { ...plan.counts }, calls: 0 };
  const texts = executeNodes(plan.nodes, world);
  const { counts, calls } = world;
  return { outputs: plan.outputs.map((output) => texts[output.node]!), cache, counts, calls };
}

interface World extends Planning {
  readonly cache: Map<string, string>;
  readonly counts: { -readonly [Fate in keyof PlanCounts]: number };
  calls: number;
}

function executeNodes(nodes: readonly PlannedNode[], world: World): string[] {
  const texts: string[] = [];
  for (const node of nodes) {
    const text = textOfNode(node, texts, world);
    if (node.action.kind === 'call') world.calls += 1;
    if (node.signature !== undefined) world.cache.set(TEST_KEYS.derivation(node.signature), text);
    texts.push(text);
  }
  return texts;
}

/** Plans the expansion like a run and executes it. */
function textOfExpansion(
  node: PlannedNode,
  operator: RuntimeOperator,
  texts: ReadonlyMap<OperatorId, string>,
  world: World,
): string {
  const { plan } = expandOperator(operator, knownTexts(texts), instanceRows(node).length);
  const prepared = prepareRun(plan, { ...world, cacheKeys: TEST_KEYS });
  const planned = substituteHits(prepared, world.hits ?? new Map());
  const { nodes, result, counts } = placeExpansion(planned.plan, node, 0);
  for (const fate of ['submitted', 'pruned', 'merged', 'cached'] as const) {
    world.counts[fate] += counts[fate];
  }
  return executeNodes(nodes, world)[result]!;
}

/** What the fake function of a name says. */
export function fakeFunction(name: string, args: Readonly<Record<string, string>>): string {
  const { text = '', pattern = '', flags = '' } = args;
  if (name === 'text.matches') return String(new RegExp(pattern, flags).test(text));
  return JSON.stringify(args).toUpperCase();
}

/** What the fake model says. */
export function fakeAnswer(
  operator: LlmOperator,
  messages: readonly ChatMessage[],
  identities: Identities,
): { readonly key: string; readonly text: string } {
  const key = TEST_KEYS.prompt(promptRequest(operator, messages, identities));
  return { key, text: `[${key.slice(0, 6)}]` };
}

function textOfNode(node: PlannedNode, texts: readonly string[], world: World): string {
  const { action } = node;
  const textOf = (i: number) => texts[i];
  if (action.kind === 'value') return action.text;
  if (action.kind === 'expand') {
    const known = new Map([...action.bindings].map(([id, input]) => [id, texts[input]!]));
    return textOfExpansion(node, action.operator, known, world);
  }
  const { operator, bindings } = action;
  if (!isRepeatable(operator)) return `<${operator.id} of rows ${node.rows}>`;
  switch (operator.kind) {
    case 'format':
      return renderSegments(operator.content, bindings, textOf);
    case 'fn':
      return fakeFunction(operator.name, renderArguments(operator, bindings, textOf));
    case 'llm': {
      const messages = renderMessages(operator.messages, bindings, textOf);
      const { key, text } = fakeAnswer(operator, messages, world.identities);
      world.cache.set(key, text);
      return text;
    }
  }
}
