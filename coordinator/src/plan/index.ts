export {
  type Content,
  contentSignature,
  knownContent,
  opaqueContent,
  referableContent,
  SPELLED_CHARACTERS_MAX,
} from './content.ts';
export { counted } from './counted.ts';
export { type Decoding, decodingOf, encodeDecoding } from './decoding.ts';
export { DEFAULT_PLAN_LIMITS, type PlanLimits } from './limits.ts';
export {
  createLogicalPlan,
  type LogicalOutput,
  type LogicalPlan,
  type PlanOperator,
} from './logical-plan.ts';
export {
  type Answer,
  callInstances,
  countCalls,
  countPlan,
  type GoneCounts,
  knownTextOf,
  NONE_GONE,
  type NodePlan,
  type PlannedNode,
} from './node-plan.ts';
export type {
  ConstantOperator,
  FormatOperator,
  FunctionOperator,
  InputOperator,
  LlmOperator,
  MapOperator,
  MessageTemplate,
  Operator,
  OperatorKind,
  OutputOperator,
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
export type { CacheKeys, PromptRequest } from './prompt-request.ts';
export { mapSegments, referencesOf, segmentLists } from './references.ts';
export {
  RENDERED_CHARACTERS_MAX,
  renderArguments,
  renderMessages,
  renderSegments,
  type TextOf,
} from './render.ts';
export {
  type Identities,
  isRepeatable,
  type OperatorContent,
  operatorContent,
} from './signature.ts';
export { orderByDependency } from './topology.ts';
export { validateWorkflow } from './validate.ts';
export type { Offer } from './validate-operator.ts';
