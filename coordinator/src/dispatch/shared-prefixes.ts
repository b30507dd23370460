import { type SequenceBlockHash, sequenceBlockHashes } from '@helium/shared';
import { pathTo, type TemplatedRadixTree, type TreeNode } from '../trt/index.ts';
import type { StaticPrefix } from './core/core-event.ts';
import type { LivePrompt } from './live-prompts.ts';

/**
 * Static prefixes that several calls of a tree share, one object each for as long as their node lives:
 * what leads from the root to a node never changes, so each is hashed once.
 */
export class SharedPrefixes {
  readonly #tree: TemplatedRadixTree;
  readonly #blockTokens: number;
  readonly #byNode: Map<TreeNode, StaticPrefix | undefined>;

  constructor(tree: TemplatedRadixTree, blockTokens: number) {
    this.#tree = tree;
    this.#blockTokens = blockTokens;
    this.#byNode = tree.notes();
  }

  /** Shortest first. None for a prompt whose tokens are only predicted. */
  of(prompt: LivePrompt, cacheSalt: string): StaticPrefix[] {
    if (!prompt.exact) return [];
    const path = pathTo(this.#tree, this.#tree.nodeOf(prompt.key));
    const hole = path.findIndex((step) => this.#tree.edgeLength(step) === 0);
    const fixed = hole < 0 ? path : path.slice(0, hole);
    let shorter: StaticPrefix | undefined;
    return fixed.flatMap((node, i) => {
      if (this.#tree.callCountOf(node) < 2) return [];
      const prefix = this.#at(node, fixed, i, cacheSalt);
      if (prefix === undefined || prefix.hashes.length === shorter?.hashes.length) return [];
      shorter = prefix;
      return [prefix];
    });
  }

  #at(node: TreeNode, path: readonly TreeNode[], i: number, salt: string) {
    if (this.#byNode.has(node)) return this.#byNode.get(node);
    const made = this.#make(path.slice(0, i + 1), salt);
    this.#byNode.set(node, made);
    return made;
  }

  #make(path: readonly TreeNode[], cacheSalt: string): StaticPrefix | undefined {
    // The first token is the tenant's number.
    const all = this.#tree.tokensAlong(path).subarray(1);
    const tokens = all.slice(0, all.length - (all.length % this.#blockTokens));
    if (tokens.length === 0) return undefined;
    const hashes: readonly SequenceBlockHash[] = sequenceBlockHashes(
      tokens,
      this.#blockTokens,
      cacheSalt,
    );
    return { tokens, cacheSalt, hashes };
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
