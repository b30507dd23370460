import {
  type Canonical,
  canonicalHash,
  invariant,
  isDeterministic,
  type ModelDigest,
} from '@helium/shared';
import {
  type Content,
  type ContentOf,
  type ContentTemplate,
  contentTemplate,
  encodeContent,
  fillTemplate,
  knownContent,
  type LiteralContents,
  opaqueContent,
} from './content.ts';
import { encodeDecoding } from './decoding.ts';
import { bodiesOf, type PlanOperator } from './logical-plan.ts';
import type { FunctionOperator, LlmOperator } from './operator.ts';
import { runtimeContent } from './runtime-content.ts';

/**
 * What stands behind the names in a plan, for results that outlive it: a name may mean another
 * model or another function's code tomorrow.
 */
export interface Identities {
  /** By model name, for every model the plan names. */
  readonly models: ReadonlyMap<string, ModelDigest>;
  /**
   * By function name, for every pure function the plan names: any text that changes when its code
   * does.
   */
  readonly functions: ReadonlyMap<string, string>;
}

/**
 * Whether equal inputs always give equal texts, so that results may be merged, cached and moved.
 */
export function isRepeatable(operator: PlanOperator): boolean {
  if (operator.kind === 'llm') return isDeterministic(operator.sampling);
  if (operator.kind === 'fn') return operator.pure;
  return bodiesOf(operator).every((body) => body.operators.every(isRepeatable));
}

/** The content of one operator for one class of rows; `column` is that of an input's own text. */
export type OperatorContent = (
  contentOf: ContentOf,
  column: Content | undefined,
) => Content | undefined;

/**
 * How the content of an operator's text follows from the contents of what it refers to. Undefined
 * when it is not repeatable, or refers to what has no content. Signatures depend on nothing else:
 * not on ids, rows or other operators of the plan. What is the same for every class of rows is done
 * once, here. `literals`: to be shared by the operators of a plan. `depth`: how many bodies the
 * operator is in.
 */
export function operatorContent(
  operator: PlanOperator,
  identities: Identities,
  literals: LiteralContents,
  depth = 0,
): OperatorContent {
  if (!isRepeatable(operator)) return () => undefined;
  switch (operator.kind) {
    case 'input':
      return (_, column) => column;
    case 'constant': {
      const content = knownContent(operator.text);
      return () => content;
    }
    case 'format': {
      const template = contentTemplate(operator.content, literals);
      return (contentOf) => fillTemplate(template, contentOf);
    }
    case 'llm':
      return llmContent(operator, identities, literals);
    case 'fn':
      return functionContent(operator, identities, literals);
    default:
      return runtimeContent(operator, depth, literals, (member) =>
        operatorContent(member, identities, literals, depth + 1),
      );
  }
}

function llmContent(
  operator: LlmOperator,
  identities: Identities,
  literals: LiteralContents,
): OperatorContent {
  const templates = operator.messages.map(({ content }) => contentTemplate(content, literals));
  const fields: Canonical = [
    requireIdentity(identities.models, operator.model, 'model'),
    operator.messages.map((message) => message.role),
    ...encodeDecoding(operator),
  ];
  return (contentOf) => {
    const contents = encodeAll(templates, contentOf);
    if (contents === undefined) return undefined;
    return opaqueContent(canonicalHash('helium.llm.v1', [fields, contents]));
  };
}

function functionContent(
  operator: FunctionOperator,
  identities: Identities,
  literals: LiteralContents,
): OperatorContent {
  // As written: a function may depend on the order in which it is given its arguments (text.join does).
  const { args } = operator;
  const templates = args.map((arg) => contentTemplate(arg.value, literals));
  const fields: Canonical = [
    operator.name,
    requireIdentity(identities.functions, operator.name, 'function'),
    args.map((arg) => arg.name),
  ];
  return (contentOf) => {
    const contents = encodeAll(templates, contentOf);
    if (contents === undefined) return undefined;
    return opaqueContent(canonicalHash('helium.fn.v1', [fields, contents]));
  };
}

function encodeAll(
  templates: readonly ContentTemplate[],
  contentOf: ContentOf,
): Canonical[] | undefined {
  const encoded: Canonical[] = [];
  for (const template of templates) {
    const content = fillTemplate(template, contentOf);
    if (content === undefined) return undefined;
    encoded.push(encodeContent(content));
  }
  return encoded;
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
