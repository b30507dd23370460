import type { ResidencyEvent, SequenceBlockHash } from '@helium/shared';
import type { BlockIndex } from '../batching/step-executor.ts';
import type { PrefixHandle, Residency, ResidencyCounters, ResidencyOptions } from './residency.ts';

interface NaiveBlock {
  readonly hash: SequenceBlockHash;
  readonly index: BlockIndex;
  readonly parent: SequenceBlockHash | undefined;
  lastUse: number;
}

interface NaiveHandle {
  blocks: BlockIndex[];
  hashes: SequenceBlockHash[];
}

/**
 * The twin that `createResidency` is tested against: plain lists, everything found by scanning. It
 * counts nothing ahead and so cannot get a count wrong. O(blocks²) per operation.
 */
export function createNaiveResidency(options: ResidencyOptions): Residency {
  return new NaiveResidency(options);
}

class NaiveResidency implements Residency {
  readonly #options: ResidencyOptions;
  #blocks: NaiveBlock[] = [];
  #handles: NaiveHandle[] = [];
  #pins: (readonly SequenceBlockHash[])[] = [];
  #hints: { hash: SequenceBlockHash; order: number }[] = [];
  #uses: { hash: SequenceBlockHash; order: number }[] = [];
  #free: BlockIndex[];
  #reserved: BlockIndex[] = [];
  #released: BlockIndex[] = [];
  #events: { kind: 'stored' | 'removed'; hash: SequenceBlockHash; parent?: string | undefined }[] =
    [];
  #clock = 0;
  #privateTokens = 0;
  #evicted = 0;
  #pinsRefused = 0;

  constructor(options: ResidencyOptions) {
    this.#options = options;
    this.#free = Array.from({ length: options.blocks }, (_, i) => options.blocks - 1 - i);
  }

  get counters(): ResidencyCounters {
    return {
      residentBlocks: this.#blocks.length,
      reservedBlocks: this.#reserved.length,
      referencedBlocks: this.#blocks.filter((b) => this.#isReferenced(b.hash)).length,
      pinnedBlocks: this.#blocks.filter((b) => this.#isPinned(b.hash)).length,
      privateTokens: this.#privateTokens,
      evictedBlocks: this.#evicted,
      pinsRefused: this.#pinsRefused,
    };
  }

  get roomTokens(): number {
    const held = this.#blocks.filter((b) => this.#isHeld(b.hash)).length + this.#reserved.length;
    const { kvTokens, blockTokens } = this.#options;
    return kvTokens - this.#privateTokens - held * blockTokens;
  }

  match(hashes: readonly SequenceBlockHash[]): number {
    const missing = hashes.findIndex((hash) => this.#find(hash) === undefined);
    return missing === -1 ? hashes.length : missing;
  }

  acquire(hashes: readonly SequenceBlockHash[]): PrefixHandle {
    const held = hashes.slice(0, this.match(hashes));
    const handle = { hashes: held, blocks: held.map((hash) => this.#find(hash)!.index) };
    this.#handles.push(handle);
    return handle;
  }

  reserve(neededAt = Number.NEGATIVE_INFINITY): BlockIndex | undefined {
    if (!this.#makeRoom(this.#options.blockTokens, neededAt)) return undefined;
    if (this.#free.length === 0 && !this.#evictFirst(neededAt)) return undefined;
    const index = this.#free.pop()!;
    this.#reserved.push(index);
    return index;
  }

  commit(handle: PrefixHandle, hash: SequenceBlockHash, index: BlockIndex): void {
    const mutable = handle as NaiveHandle;
    this.#reserved = this.#reserved.filter((reserved) => reserved !== index);
    const older = this.#find(hash);
    if (older === undefined) {
      const parent = mutable.hashes.at(-1);
      this.#blocks.push({ hash, index, parent, lastUse: ++this.#clock });
      this.#events.push({ kind: 'stored', hash, parent });
    } else {
      this.#free.push(index);
      this.#released.push(index);
    }
    mutable.hashes.push(hash);
    mutable.blocks.push(this.#find(hash)!.index);
  }

  abandon(index: BlockIndex): void {
    this.#reserved = this.#reserved.filter((reserved) => reserved !== index);
    this.#free.push(index);
  }

  release(handle: PrefixHandle): void {
    this.#handles = this.#handles.filter((other) => other !== handle);
    for (const hash of handle.hashes.toReversed()) this.#find(hash)!.lastUse = ++this.#clock;
  }

  pin(hashes: readonly SequenceBlockHash[]): boolean {
    if (hashes.length === 0) return true;
    if (this.#pins.some((prefix) => prefix.at(-1) === hashes.at(-1))) return true;
    const covered = new Set([...this.#pins.flat(), ...hashes]);
    if (covered.size > this.#options.pinBudgetBlocks) {
      this.#pinsRefused++;
      return false;
    }
    this.#pins.push(hashes);
    return true;
  }

  unpin(hashes: readonly SequenceBlockHash[]): void {
    this.#pins = this.#pins.filter((prefix) => prefix.at(-1) !== hashes.at(-1));
  }

  setNextUse(hash: SequenceBlockHash, order: number): void {
    this.#hints = this.#hints.filter((hint) => hint.hash !== hash);
    if (order !== Number.POSITIVE_INFINITY) this.#hints.push({ hash, order });
    if (this.#hints.length > 4 * this.#options.blocks) this.#hints.shift();
  }

  expectUse(hashes: readonly SequenceBlockHash[], order: number): void {
    for (const hash of hashes) this.#uses.push({ hash, order });
  }

  endUse(hashes: readonly SequenceBlockHash[], order: number, used: boolean): void {
    for (const hash of hashes) {
      const place = this.#uses.findIndex((use) => use.hash === hash && use.order === order);
      if (place >= 0) this.#uses.splice(place, 1);
      if (used) this.#hints = this.#hints.filter((h) => h.hash !== hash || h.order > order);
    }
  }

  reservePrivate(tokens: number, neededAt = Number.NEGATIVE_INFINITY): boolean {
    if (!this.#makeRoom(tokens, neededAt)) return false;
    this.#privateTokens += tokens;
    return true;
  }

  reserveAlone(tokens: number): boolean {
    const { blockTokens, kvTokens, kvTokensAlone = kvTokens } = this.#options;
    const pinned = this.#blocks.filter((b) => this.#isPinned(b.hash)).length;
    if (tokens + pinned * blockTokens > kvTokensAlone) return false;
    while (this.#blocks.length * blockTokens + tokens > kvTokensAlone) {
      this.#evictFirst(Number.NEGATIVE_INFINITY);
    }
    this.#privateTokens += tokens;
    return true;
  }

  releasePrivate(tokens: number): void {
    this.#privateTokens -= tokens;
  }

  takeReleasedBlocks(): BlockIndex[] {
    return this.#released.splice(0);
  }

  takeEvents(): ResidencyEvent[] {
    const merged: { kind: string; parent?: string; blocks: string[] }[] = [];
    for (const { kind, hash, parent } of this.#events.splice(0)) {
      const last = merged.at(-1);
      const continues = kind === 'removed' || last?.blocks.at(-1) === parent;
      if (last?.kind === kind && continues) last.blocks.push(hash);
      else merged.push({ kind, ...(parent === undefined ? {} : { parent }), blocks: [hash] });
    }
    return merged as ResidencyEvent[];
  }

  snapshot() {
    const blocks = this.#blocks.map(({ hash, parent }) => {
      const pinned = this.#isPinned(hash);
      return parent === undefined ? { hash, pinned } : { hash, parent, pinned };
    });
    return { blocks };
  }

  /** Nothing is kept twice here, so nothing can contradict. */
  checkIntegrity(): void {}

  #find(hash: SequenceBlockHash): NaiveBlock | undefined {
    return this.#blocks.find((block) => block.hash === hash);
  }

  #isReferenced(hash: SequenceBlockHash): boolean {
    return this.#handles.some((handle) => handle.hashes.includes(hash));
  }

  #isPinned(hash: SequenceBlockHash): boolean {
    return this.#pins.some((prefix) => prefix.includes(hash));
  }

  #isHeld(hash: SequenceBlockHash): boolean {
    return this.#isReferenced(hash) || this.#isPinned(hash);
  }

  #nextUse(hash: SequenceBlockHash): number {
    const known = [...this.#hints, ...this.#uses].filter((use) => use.hash === hash);
    return Math.min(Number.POSITIVE_INFINITY, ...known.map((use) => use.order));
  }

  #makeRoom(tokens: number, neededAt: number): boolean {
    if (tokens > this.roomTokens) return false;
    const { kvTokens, blockTokens } = this.#options;
    const used = () =>
      this.#privateTokens + (this.#blocks.length + this.#reserved.length) * blockTokens;
    while (used() + tokens > kvTokens) if (!this.#evictFirst(neededAt)) return false;
    return true;
  }

  #evictFirst(neededAt: number): boolean {
    const leaves = this.#blocks.filter(
      ({ hash }) => !this.#isHeld(hash) && !this.#blocks.some((b) => b.parent === hash),
    );
    const isBefore = (a: NaiveBlock, b: NaiveBlock) => {
      const [useA, useB] = [this.#nextUse(a.hash), this.#nextUse(b.hash)];
      return useA === useB ? a.lastUse < b.lastUse : useA > useB;
    };
    const victim = leaves.find((leaf) => leaves.every((l) => l === leaf || isBefore(leaf, l)));
    if (victim === undefined || this.#nextUse(victim.hash) <= neededAt) return false;
    this.#blocks = this.#blocks.filter((block) => block !== victim);
    this.#free.push(victim.index);
    this.#released.push(victim.index);
    this.#events.push({ kind: 'removed', hash: victim.hash });
    this.#evicted++;
    return true;
  }
}
