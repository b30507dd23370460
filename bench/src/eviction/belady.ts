import { KeyedHeap } from '@helium/shared';
import type { Access } from './access-trace.ts';

interface Block {
  readonly number: number;
  readonly parent: Block | undefined;
  /** Places in the trace at which it is wanted, ascending; those before `next` are over. */
  readonly uses: number[];
  next: number;
  children: number;
  holders: number;
  resident: boolean;
  /** Counts changes of its place in the queue: older entries mean nothing. */
  version: number;
}

/**
 * Tokens found resident when the block used farthest in the future leaves whenever room is needed (Belady's
 * MIN), for calls that begin and end as the trace says. What running calls hold stays. No eviction could find
 * more for this trace: blocks are of one size, and a parent is never wanted later than its children.
 */
export function beladyHits(
  trace: readonly Access[],
  { kvTokens, blockTokens }: { readonly kvTokens: number; readonly blockTokens: number },
): number {
  return new Replay(trace, kvTokens, blockTokens).run();
}

class Replay {
  readonly #trace: readonly Access[];
  readonly #kvTokens: number;
  readonly #blockTokens: number;
  readonly #blocks: Block[] = [];
  readonly #paths = new Map<string, readonly Block[]>();
  readonly #privateOf = new Map<string, number>();
  /** Leaves nobody holds, the farthest next use first. */
  readonly #leaves = new KeyedHeap();
  readonly #entries: { readonly block: Block; readonly version: number }[] = [];
  #resident = 0;
  #privateTokens = 0;

  constructor(trace: readonly Access[], kvTokens: number, blockTokens: number) {
    this.#trace = trace;
    this.#kvTokens = kvTokens;
    this.#blockTokens = blockTokens;
    const byHash = new Map<string, Block>();
    for (const [place, access] of trace.entries()) {
      if (access.kind === 'end') continue;
      let parent: Block | undefined;
      const path = access.hashes.map((hash, i) => {
        const block = byHash.get(hash) ?? this.#add(parent);
        byHash.set(hash, block);
        if (i < access.reusable) block.uses.push(place);
        parent = block;
        return block;
      });
      this.#paths.set(access.call, path);
    }
  }

  run(): number {
    let hits = 0;
    for (const [place, access] of this.#trace.entries()) {
      const path = this.#paths.get(access.call) ?? [];
      if (access.kind === 'end') this.#end(access.call, path);
      else hits += this.#begin(access, place, path);
    }
    return hits * this.#blockTokens;
  }

  #add(parent: Block | undefined): Block {
    const block: Block = {
      number: this.#blocks.length,
      parent,
      uses: [],
      next: 0,
      children: 0,
      holders: 0,
      resident: false,
      version: 0,
    };
    this.#blocks.push(block);
    return block;
  }

  #begin(
    { call, reusable, privateTokens }: Extract<Access, { kind: 'begin' }>,
    place: number,
    path: readonly Block[],
  ): number {
    let found = 0;
    while (found < path.length && path[found]!.resident) found++;
    for (const block of path) {
      while (block.next < block.uses.length && block.uses[block.next]! <= place) block.next++;
    }
    for (const block of path.slice(0, found)) this.#hold(block);
    const fresh = path.slice(found);
    this.#makeRoom(privateTokens + fresh.length * this.#blockTokens);
    this.#privateTokens += privateTokens;
    this.#privateOf.set(call, privateTokens);
    for (const block of fresh) {
      block.resident = true;
      this.#resident++;
      if (block.parent !== undefined) block.parent.children++;
      this.#hold(block);
    }
    return Math.min(found, reusable);
  }

  #end(call: string, path: readonly Block[]): void {
    this.#privateTokens -= this.#privateOf.get(call) ?? 0;
    for (const block of path.toReversed()) {
      block.holders--;
      this.#offer(block);
    }
  }

  #hold(block: Block): void {
    block.holders++;
    block.version++;
  }

  #offer(block: Block): void {
    if (block.holders > 0 || block.children > 0 || !block.resident) return;
    block.version++;
    const next = block.uses[block.next] ?? Number.MAX_SAFE_INTEGER;
    this.#leaves.push(-next, this.#entries.push({ block, version: block.version }) - 1);
  }

  #makeRoom(tokens: number): void {
    const used = () => this.#privateTokens + this.#resident * this.#blockTokens;
    while (used() + tokens > this.#kvTokens) {
      const entry = this.#leaves.pop();
      if (entry === undefined) return;
      const { block, version } = this.#entries[entry]!;
      if (block.version !== version) continue;
      block.resident = false;
      block.version++;
      this.#resident--;
      const { parent } = block;
      if (parent === undefined) continue;
      parent.children--;
      this.#offer(parent);
    }
  }
}
