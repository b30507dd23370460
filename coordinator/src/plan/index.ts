export {
  type Content,
  contentSignature,
  knownContent,
  type LiteralContents,
  opaqueContent,
  referableContent,
  SPELLED_CHARACTERS_MAX,
} from './content.ts';
export { counted } from './counted.ts';
export { decodingOf, encodeDecoding } from './decoding.ts';
export {
  type Expansion,
  expandOperator,
  knownTexts,
} from './expand-operator.ts';
export { type ExpectedShapes, type ForeseenNodes, foreseeExpansion } from './foresee-expansion.ts';
export { allOperators } from './inner-scopes.ts';
export { DEFAULT_PLAN_LIMITS } from './limits.ts';
export {
  bodiesOf,
  isRuntime,
  type LogicalPlan,
  operatorsWithin,
  type PlanOperator,
  type RuntimeOperator,
} from './logical-plan.ts';
export { modelName, modelVersion, pinModels, versionDigest } from './model-version.ts';
export {
  type Answer,
  callInstances,
  countCalls,
  countPlan,
  type GoneCounts,
  idsInBodies,
  knownTextOf,
  NONE_GONE,
  type NodePlan,
  type PlannedNode,
} from './node-plan.ts';
export type {
  Body,
  Branch,
  CondOperator,
  ConstantOperator,
  EachOperator,
  FormatOperator,
  FunctionOperator,
  InputOperator,
  ListFormat,
  ListSource,
  LlmOperator,
  LoopOperator,
  MapOperator,
  MessageTemplate,
  Operator,
  Predicate,
  PredicateTest,
  Row,
  Segment,
  Workflow,
} from './operator.ts';
export type {
  Bindings,
  NodeAction,
  PhysicalNode,
  PhysicalPlan,
  PlanCounts,
  PlanOutput,
} from './physical-plan.ts';
export { printLogicalPlan, printNodePlan } from './print-plan.ts';
export { printPredicate, printSegments } from './print-template.ts';
export type { CacheKeys, PromptRequest } from './prompt-request.ts';
export { mapSegments, referencesOf, segmentLists } from './references.ts';
export {
  RENDERED_CHARACTERS_MAX,
  renderArguments,
  renderMessages,
  renderSegments,
} from './render.ts';
export {
  type Identities,
  isRepeatable,
  operatorContent,
} from './signature.ts';
export { orderByDependency } from './topology.ts';
export { authoredId } from './unroll.ts';
export { validateWorkflow } from './validate.ts';
export type { Offer } from './validate-operator.ts';
