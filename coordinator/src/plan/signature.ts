import {
  type Canonical,
  canonicalHash,
  invariant,
  isDeterministic,
  type ModelDigest,
  type OperatorId,
  type Sampling,
} from '@helium/shared';
import {
  type Content,
  encodeContent,
  knownContent,
  opaqueContent,
  templateContent,
} from './content.ts';
import type { PlanOperator } from './logical-plan.ts';
import type { FunctionOperator, LlmOperator } from './operator.ts';

/**
 * What stands behind the names in a plan, for results that outlive it: a name may mean another model or
 * another function's code tomorrow.
 */
export interface Identities {
  /** By model name, for every model the plan names. */
  readonly models: ReadonlyMap<string, ModelDigest>;
  /** By function name, for every pure function the plan names: any text that changes when its code does. */
  readonly functions: ReadonlyMap<string, string>;
}

/** Whether equal inputs always give equal texts, so that results may be merged, cached and moved. */
export function isRepeatable(operator: PlanOperator): boolean {
  if (operator.kind === 'llm') return isDeterministic(operator.sampling);
  return operator.kind !== 'fn' || operator.pure;
}

/**
 * The content of an operator's text, from the contents of what it refers to; undefined when it is not
 * repeatable, or refers to what has no content. An input has none of its own: `column` gives it.
 * Signatures depend on nothing else: not on ids, rows or other operators of the plan.
 */
export function operatorContent(
  operator: PlanOperator,
  contentOf: (id: OperatorId) => Content | undefined,
  column: Content | undefined,
  identities: Identities,
): Content | undefined {
  if (!isRepeatable(operator)) return undefined;
  switch (operator.kind) {
    case 'input':
      return column;
    case 'constant':
      return knownContent(operator.text);
    case 'format':
      return templateContent(operator.content, contentOf);
    case 'llm':
      return llmContent(operator, contentOf, identities);
    case 'fn':
      return functionContent(operator, contentOf, identities);
  }
}

/** Sampling as far as it decides the answer: a greedy call has no other parameter. */
export function encodeSampling(sampling: Sampling): Canonical {
  if (sampling.temperature === 0) return 'greedy';
  return [sampling.temperature, sampling.topK, sampling.topP, sampling.seed ?? null];
}

function llmContent(
  operator: LlmOperator,
  contentOf: (id: OperatorId) => Content | undefined,
  identities: Identities,
): Content | undefined {
  const messages: Canonical[] = [];
  for (const message of operator.messages) {
    const content = templateContent(message.content, contentOf);
    if (content === undefined) return undefined;
    messages.push([message.role, encodeContent(content)]);
  }
  const fields: Canonical = [
    requireIdentity(identities.models, operator.model, 'model'),
    messages,
    encodeSampling(operator.sampling),
    operator.maxTokens,
    operator.stop,
  ];
  return opaqueContent(canonicalHash('helium.llm.v1', fields));
}

function functionContent(
  operator: FunctionOperator,
  contentOf: (id: OperatorId) => Content | undefined,
  identities: Identities,
): Content | undefined {
  const args: [string, Canonical][] = [];
  for (const arg of operator.args) {
    const content = templateContent(arg.value, contentOf);
    if (content === undefined) return undefined;
    args.push([arg.name, encodeContent(content)]);
  }
  args.sort(([a], [b]) => (a < b ? -1 : 1));
  const identity = requireIdentity(identities.functions, operator.name, 'function');
  return opaqueContent(canonicalHash('helium.fn.v1', [operator.name, identity, args]));
}

function requireIdentity(
  identities: ReadonlyMap<string, string>,
  name: string,
  what: string,
): string {
  const identity = identities.get(name);
  invariant(identity !== undefined, `${what} "${name}" has no digest to plan with`);
  return identity;
}
