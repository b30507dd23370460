export { callsBelow, nodesBelow, pathTo } from './node-path.ts';
export { type PrintTreeOptions, printTree } from './print-tree.ts';
export {
  type CallKey,
  type PromptTemplate,
  promptTemplate,
  staticTokens,
  type TemplateItem,
} from './prompt-template.ts';
export { TemplatedRadixTree, type TreeCall, type TreeNode } from './templated-radix-tree.ts';
