export { callsBelow, nodesBelow, pathTo } from './node-path.ts';
export { type PrintTreeOptions, printTree } from './print-tree.ts';
export {
  type CallKey,
  type PromptTemplate,
  promptTemplate,
  type TemplateItem,
} from './prompt-template.ts';
export { TemplatedRadixTree, type TreeCall } from './templated-radix-tree.ts';
export type { TreeNode, TreePaths } from './tree-paths.ts';
