import type { CallKey } from './prompt-template.ts';
import type { TemplatedRadixTree, TreeCall } from './templated-radix-tree.ts';
import type { TreeNode } from './tree-paths.ts';

/** A tree as plain data: what two trees must agree on to be the same. */
export interface TreeShape {
  /** Static tokens of the edge, or the call whose output it stands for; the root has no tokens. */
  readonly edge: readonly number[] | { readonly output: CallKey };
  readonly calls: readonly CallKey[];
  readonly callCount: number;
  readonly children: readonly TreeShape[];
}

export function shapeOf(tree: TemplatedRadixTree, node: TreeNode = tree.root): TreeShape {
  const output = tree.placeholderOf(node);
  return {
    edge: output === undefined ? [...tree.edgeTokens(node)] : { output },
    calls: tree.callsAt(node),
    callCount: tree.callCountOf(node),
    children: tree.childrenOf(node).map((child) => shapeOf(tree, child)),
  };
}

/** One symbol per token or hole: tokens as they are, the output of call c as -1 - c. */
export function symbolsOf(call: TreeCall): number[] {
  return call.template.items.flatMap((item) =>
    item.kind === 'tokens' ? [...item.tokens] : [-1 - item.call],
  );
}

/**
 * The twin that the tree is tested against: built at once from all calls by grouping on the next
 * symbol, with no state, in O(calls × prompt) per level.
 */
export function naiveShape(calls: readonly TreeCall[]): TreeShape {
  return naiveNode(
    [],
    calls.map((call) => ({ key: call.key, rest: symbolsOf(call) })),
  );
}

interface Suffix {
  readonly key: CallKey;
  readonly rest: readonly number[];
}

function naiveNode(edge: TreeShape['edge'], suffixes: readonly Suffix[]): TreeShape {
  const ending = suffixes.filter((suffix) => suffix.rest.length === 0);
  const firsts = [...new Set(suffixes.flatMap((suffix) => suffix.rest.slice(0, 1)))];
  return {
    edge,
    calls: ending.map((suffix) => suffix.key).sort((a, b) => a - b),
    callCount: suffixes.length,
    children: firsts.sort(bySymbol).map((first) => {
      const below = suffixes.filter((suffix) => suffix.rest[0] === first);
      const length = first < 0 ? 1 : commonRun(below);
      const run = below[0]!.rest.slice(0, length);
      return naiveNode(
        first < 0 ? { output: -1 - first } : run,
        below.map(({ key, rest }) => ({ key, rest: rest.slice(length) })),
      );
    }),
  };
}

/** Tokens before holes, each ascending. */
function bySymbol(a: number, b: number): number {
  if (a < 0 !== b < 0) return a < 0 ? 1 : -1;
  return a < 0 ? b - a : a - b;
}

/** Length of the run of tokens that all suffixes begin with. */
function commonRun(suffixes: readonly Suffix[]): number {
  const first = suffixes[0]!.rest;
  let length = 0;
  while (
    length < first.length &&
    first[length]! >= 0 &&
    suffixes.every((suffix) => suffix.rest[length] === first[length])
  ) {
    length++;
  }
  return length;
}
