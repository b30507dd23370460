import { type ChatMessage, invariant } from '@helium/shared';
import {
  type CacheKeys,
  decodingOf,
  type Identities,
  knownTextOf,
  type LlmOperator,
  type NodePlan,
  type PhysicalNode,
  type PromptRequest,
  renderMessages,
} from '../plan/index.ts';

/** Keys under which the prompt cache may know one node's text; any hit will do. */
export interface CacheLookup {
  /** Number of the node in the prepared plan. */
  readonly node: number;
  readonly signature: string;
  /** One or two: by derivation, and by the whole prompt where that is known. */
  readonly keys: readonly string[];
}

/** Look-ups for every LLM, function or run-time node whose text is decided by what is known now. */
export function cacheLookups(
  plan: NodePlan,
  keys: CacheKeys,
  identities: Identities,
): readonly CacheLookup[] {
  return plan.nodes.flatMap((node, i) => {
    const { signature, action } = node;
    if (signature === undefined || !isAnswerable(node)) return [];
    const messages = staticPrompt(plan, i);
    if (messages === undefined || action.kind !== 'call') {
      return [{ node: i, signature, keys: [keys.derivation(signature)] }];
    }
    const prompt = keys.prompt(promptRequest(action.operator, messages, identities));
    return [{ node: i, signature, keys: [keys.derivation(signature), prompt] }];
  });
}

/**
 * The final messages of a call whose every reference is a value already; undefined for any other
 * node.
 */
function staticPrompt(plan: NodePlan, node: number): readonly ChatMessage[] | undefined {
  const { action, inputs } = plan.nodes[node]!;
  if (action.kind !== 'call') return undefined;
  if (inputs.some((input) => knownTextOf(plan, input) === undefined)) return undefined;
  return renderMessages(action.operator.messages, action.bindings, (i) => knownTextOf(plan, i));
}

/** What decides the answer of a call with these messages. */
export function promptRequest(
  operator: LlmOperator,
  messages: readonly ChatMessage[],
  identities: Identities,
): PromptRequest {
  const modelDigest = identities.models.get(operator.model);
  invariant(modelDigest !== undefined, `model "${operator.model}" has no digest to plan with`);
  return { modelDigest, messages, ...decodingOf(operator) };
}

/** Whether the node's text takes work that the prompt cache may spare. */
export function isComputed({ action }: PhysicalNode): boolean {
  if (action.kind === 'evaluate') return action.operator.kind === 'fn';
  return action.kind === 'call' || action.kind === 'expand';
}

/** The cache keeps texts, so that a call which also owes log probabilities is never answered by it. */
function isAnswerable(node: PhysicalNode): boolean {
  const owesMore = node.action.kind === 'call' && node.action.operator.logprobs !== undefined;
  return isComputed(node) && !owesMore;
}
