export { callsBelow, nodesBelow, pathTo, prefixLength } from './node-path.ts';
export { type PrintTreeOptions, printTree } from './print-tree.ts';
export { type ProactivePrefix, proactivePrefixes } from './proactive-prefixes.ts';
export {
  type CallKey,
  type PromptTemplate,
  promptTemplate,
  referencedCalls,
  staticTokens,
  type TemplateItem,
} from './prompt-template.ts';
export { TemplatedRadixTree, type TreeCall, type TreeNode } from './templated-radix-tree.ts';
