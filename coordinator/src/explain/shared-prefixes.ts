import {
  type CallKey,
  callsBelow,
  nodesBelow,
  pathTo,
  type TemplatedRadixTree,
  type TreeNode,
} from '../trt/index.ts';

/** Known text that several prompts have in common, and that repeats in all of them but one. */
export interface SharedText {
  readonly node: TreeNode;
  readonly tokens: number;
  readonly calls: readonly CallKey[];
  /** Tokens that need not be computed when the text is computed once. */
  readonly repeatedTokens: number;
}

/** The prompts of a tree in numbers, in known tokens. */
export interface PromptTotals {
  readonly staticTokens: number;
  readonly distinctTokens: number;
  /** The texts of some length that repeat most, most first. */
  readonly largest: readonly SharedText[];
}

/** Shorter texts are pieces of sentences: they tell nobody anything. */
const TEXT_TOKENS_MIN = 16;

/** O(nodes), plus O(calls) for each of the `count` largest. */
export function measurePrompts(tree: TemplatedRadixTree, count: number): PromptTotals {
  const shared: TreeNode[] = [];
  const repeated = (node: TreeNode) => tree.edgeLength(node) * (tree.callCountOf(node) - 1);
  let staticTokens = 0;
  for (const node of nodesBelow(tree, tree.root)) {
    staticTokens += tree.edgeLength(node) * tree.callCountOf(node);
    if (repeated(node) > 0 && tree.edgeLength(node) >= TEXT_TOKENS_MIN) shared.push(node);
  }
  const largest = shared.sort((a, b) => repeated(b) - repeated(a)).slice(0, count);
  return {
    staticTokens,
    distinctTokens: tree.distinctTokens,
    largest: largest.map((node) => ({
      node,
      tokens: tree.edgeLength(node),
      calls: callsBelow(tree, node),
      repeatedTokens: repeated(node),
    })),
  };
}

/** A sentence begins at most so many characters before the text that ends it. */
const LEAD_MAX = 60;

/** The text on the edge to a node, from the start of the sentence that it goes on with. */
export function sharedText(
  tree: TemplatedRadixTree,
  node: TreeNode,
  decode: (tokens: Int32Array) => string,
): string {
  const path = pathTo(tree, node);
  const hole = path.findLastIndex((step) => tree.placeholderOf(step) !== undefined);
  const before = path.slice(hole + 1, -1).map((step) => decode(tree.edgeTokens(step)));
  const lead = before.join('').slice(-LEAD_MAX);
  const sentence = Math.max(lead.lastIndexOf('. ') + 2, lead.lastIndexOf('\n') + 1, 0);
  const isFound = lead.includes('. ') || lead.includes('\n');
  return `${isFound ? lead.slice(sentence) : ''}${decode(tree.edgeTokens(node))}`;
}
