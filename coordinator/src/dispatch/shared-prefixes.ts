import { type BlockChain, emptyBlockChain, extendBlockChain } from '@helium/shared';
import { pathTo, type TemplatedRadixTree, type TreeNode } from '../trt/index.ts';
import type { StaticPrefix } from './core/core-event.ts';
import type { LivePrompt } from './live-prompts.ts';

/** The whole blocks of what leads to a node; `prefix` is undefined where there are none. */
interface NodePrefix {
  readonly chain: BlockChain;
  readonly prefix: StaticPrefix | undefined;
}

/**
 * Static prefixes that several calls of a tree share, one object each for as long as their node lives:
 * what leads from the root to a node never changes, so each block is hashed once.
 */
class SharedPrefixes {
  readonly #tree: TemplatedRadixTree;
  readonly #blockTokens: number;
  readonly #byNode: Map<TreeNode, NodePrefix>;

  constructor(tree: TemplatedRadixTree, blockTokens: number) {
    this.#tree = tree;
    this.#blockTokens = blockTokens;
    this.#byNode = tree.notes();
  }

  /** Shortest first. None for a prompt whose tokens are only predicted. */
  of(prompt: LivePrompt, cacheSalt: string): StaticPrefix[] {
    if (!prompt.exact) return [];
    const tree = this.#tree;
    const path = pathTo(tree, tree.nodeOf(prompt.key));
    const prefixes: StaticPrefix[] = [];
    let shorter: NodePrefix | undefined;
    for (const [i, node] of path.entries()) {
      // Once shared, what leads here may be resident: whoever is left is its next use.
      const isShared = tree.callCountOf(node) > 1 || this.#byNode.has(node);
      if (tree.edgeLength(node) === 0 || !isShared) break;
      const known = this.#byNode.get(node) ?? this.#make(path.slice(0, i + 1), shorter, cacheSalt);
      const isLonger = known.chain.hashes.length > (shorter?.chain.hashes.length ?? 0);
      if (isLonger && known.prefix !== undefined) prefixes.push(known.prefix);
      shorter = known;
    }
    return prefixes;
  }

  #make(path: readonly TreeNode[], shorter: NodePrefix | undefined, cacheSalt: string): NodePrefix {
    const before = shorter ?? { chain: emptyBlockChain(cacheSalt), prefix: undefined };
    const known = before.chain.hashes.length * this.#blockTokens;
    // The first token is the tenant's number.
    const all = this.#tree.tokensAlong(path).subarray(1);
    const chain = extendBlockChain(before.chain, all.subarray(known), this.#blockTokens);
    const { hashes } = chain;
    const tokens = all.slice(0, hashes.length * this.#blockTokens);
    const prefix = tokens.length > known ? { tokens, cacheSalt, hashes } : before.prefix;
    const made = { chain, prefix };
    this.#byNode.set(path.at(-1) as TreeNode, made);
    return made;
  }
}

const TABLES = new WeakMap<TemplatedRadixTree, Map<number, SharedPrefixes>>();

/** The tree's prefixes in blocks of that size; one table for the life of the tree. */
export function sharedPrefixesOf(tree: TemplatedRadixTree, blockTokens: number): SharedPrefixes {
  const tables = TABLES.get(tree) ?? new Map<number, SharedPrefixes>();
  TABLES.set(tree, tables);
  const known = tables.get(blockTokens) ?? new SharedPrefixes(tree, blockTokens);
  tables.set(blockTokens, known);
  return known;
}
