import type { ResidencyEvent, SequenceBlockHash } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createResidency } from './create-residency.ts';
import { createNaiveResidency } from './naive-residency.ts';
import type { PrefixHandle, Residency, ResidencyOptions } from './residency.ts';

const OPTIONS: ResidencyOptions = { blocks: 4, blockTokens: 10, pinBudgetBlocks: 2, kvTokens: 40 };

/** The chain of hashes of a path such as "abc": "a", "ab", "abc". */
function chain(path: string): SequenceBlockHash[] {
  return [...path].map((_, i) => path.slice(0, i + 1) as SequenceBlockHash);
}

/** Stores what of the path is not resident, and keeps it referenced. */
function store(residency: Residency, path: string): PrefixHandle {
  const hashes = chain(path);
  const handle = residency.acquire(hashes);
  for (const hash of hashes.slice(handle.hashes.length)) {
    const block = residency.reserve();
    expect(block).toBeDefined();
    residency.commit(handle, hash, block!);
  }
  return handle;
}

function storeAndRelease(residency: Residency, ...paths: string[]): void {
  for (const path of paths) residency.release(store(residency, path));
}

describe('createResidency', () => {
  it('finds the longest resident prefix and references it', () => {
    const residency = createResidency(OPTIONS);
    storeAndRelease(residency, 'abc');
    const handle = residency.acquire(chain('abx'));
    expect(handle.hashes).toEqual(chain('ab'));
    expect(handle.blocks).toEqual([0, 1]);
    expect(residency.counters.referencedBlocks).toBe(2);
  });

  it('evicts the leaf whose next use is farthest, one without any first', () => {
    const residency = createResidency(OPTIONS);
    storeAndRelease(residency, 'a', 'b', 'c', 'd');
    residency.setNextUse(chain('a')[0]!, 9);
    residency.expectUse(chain('b'), 5);
    residency.setNextUse(chain('d')[0]!, 7);
    residency.takeEvents();
    storeAndRelease(residency, 'e');
    residency.setNextUse(chain('e')[0]!, 1);
    storeAndRelease(residency, 'f');
    expect(residency.takeEvents()).toEqual([
      { kind: 'removed', blocks: ['c'] },
      { kind: 'stored', blocks: ['e'] },
      { kind: 'removed', blocks: ['a'] },
      { kind: 'stored', blocks: ['f'] },
    ]);
  });

  it('evicts the least recently used among equals, leaves before their parents', () => {
    const residency = createResidency(OPTIONS);
    storeAndRelease(residency, 'ab', 'c');
    residency.release(residency.acquire(chain('ab')));
    residency.takeEvents();
    expect(residency.reservePrivate(30)).toBe(true);
    expect(residency.takeEvents()).toEqual([{ kind: 'removed', blocks: ['c', 'ab'] }]);
    expect(residency.snapshot().blocks).toEqual([{ hash: 'a', pinned: false }]);
  });

  it('takes the least of the hint and the queued calls, and a call uses a hint up', () => {
    const residency = createResidency(OPTIONS);
    storeAndRelease(residency, 'a', 'b', 'c');
    residency.setNextUse(chain('a')[0]!, 3);
    residency.expectUse(chain('b'), 4);
    residency.expectUse(chain('c'), 9);
    residency.endUse(chain('a'), 3, true);
    residency.takeEvents();
    expect(residency.reservePrivate(30)).toBe(true);
    expect(residency.takeEvents()).toEqual([{ kind: 'removed', blocks: ['a', 'c'] }]);
  });

  it('evicts nothing for a use that comes later than that of the victim', () => {
    const residency = createResidency(OPTIONS);
    storeAndRelease(residency, 'a', 'b', 'c', 'd');
    for (const hash of ['a', 'b', 'c', 'd']) residency.expectUse(chain(hash), 5);
    expect(residency.reserve(5)).toBeUndefined();
    expect(residency.reservePrivate(1, 6)).toBe(false);
    expect(residency.reserve(4)).toBeDefined();
  });

  it('never evicts what is referenced or pinned', () => {
    const residency = createResidency(OPTIONS);
    expect(residency.pin(chain('ab'))).toBe(true);
    storeAndRelease(residency, 'ab');
    const handle = store(residency, 'cd');
    expect(residency.roomTokens).toBe(0);
    expect(residency.reserve()).toBeUndefined();
    residency.release(handle);
    expect(residency.reservePrivate(20)).toBe(true);
    residency.unpin(chain('ab'));
    expect(residency.reservePrivate(20)).toBe(true);
    expect(residency.counters).toMatchObject({ residentBlocks: 0, pinnedBlocks: 0 });
  });

  it('refuses pins beyond the budget, counts them, and pins a prefix once', () => {
    const residency = createResidency(OPTIONS);
    expect(residency.pin(chain('ab'))).toBe(true);
    expect(residency.pin(chain('ab'))).toBe(true);
    expect(residency.pin(chain('ac'))).toBe(false);
    expect(residency.counters.pinsRefused).toBe(1);
    residency.unpin(chain('ab'));
    expect(residency.pin(chain('ac'))).toBe(true);
  });

  it('keeps the older block when two sequences commit the same one', () => {
    const residency = createResidency(OPTIONS);
    const first = residency.acquire(chain('a'));
    const second = residency.acquire(chain('a'));
    const [one, two] = [residency.reserve()!, residency.reserve()!];
    residency.commit(first, chain('a')[0]!, one);
    residency.commit(second, chain('a')[0]!, two);
    expect(second.blocks).toEqual([one]);
    expect(residency.takeReleasedBlocks()).toEqual([two]);
    expect(residency.takeEvents()).toEqual([{ kind: 'stored', blocks: ['a'] }]);
  });

  it('names a handle that was released before, and a block that was not reserved', () => {
    const residency = createResidency(OPTIONS);
    const handle = store(residency, 'a');
    residency.release(handle);
    expect(() => residency.release(handle)).toThrow('this handle was released before');
    expect(() => residency.abandon(3)).toThrow('block 3 was not reserved');
  });

  it('evicts from a hundred thousand blocks without scanning them', () => {
    const blocks = 100_000;
    const residency = createResidency({ ...OPTIONS, blocks, kvTokens: blocks * 10 });
    for (let i = 0; i < 2 * blocks; i++) {
      const hash = `${i}` as SequenceBlockHash;
      residency.expectUse([hash], (i * 7919) % blocks);
      const handle = residency.acquire([]);
      residency.commit(handle, hash, residency.reserve()!);
      residency.release(handle);
    }
    expect(residency.counters).toMatchObject({ residentBlocks: blocks, evictedBlocks: blocks });
    residency.checkIntegrity();
  });
});

describe('createResidency against its naive twin', () => {
  it('gives the same hits, evictions, events and counts over any operations', () => {
    fc.assert(
      fc.property(
        optionsArbitrary,
        fc.array(operation, { maxLength: 120, size: 'max' }),
        (options, script) => {
          const twins = [createResidency(options), createNaiveResidency(options)].map(createPlayer);
          const log: ResidencyEvent[] = [];
          for (const step of script) {
            const [real, naive] = twins.map((play) => play(step));
            expect(real).toEqual(naive);
            log.push(...real!.events);
            expect(replay(log)).toEqual(new Set(real!.snapshot.blocks.map((b) => b.hash)));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

const optionsArbitrary = fc.record({
  blocks: fc.integer({ min: 1, max: 8 }),
  blockTokens: fc.constant(4),
  pinBudgetBlocks: fc.integer({ min: 0, max: 4 }),
  kvTokens: fc.integer({ min: 4, max: 32 }),
  kvTokensAlone: fc.integer({ min: 32, max: 48 }),
});

const path = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 });
const order = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant(Number.POSITIVE_INFINITY));
const pick = fc.nat({ max: 9 });

const operation = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('store' as const), path, order }) },
  fc.record({ kind: fc.constant('acquire' as const), path }),
  fc.record({ kind: fc.constant('extend' as const), pick, letter: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('reserve' as const), order }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abandon' as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('release' as const), pick }) },
  fc.record({ kind: fc.constantFrom('pin' as const, 'unpin' as const), path }),
  fc.record({ kind: fc.constantFrom('hint' as const, 'expect' as const), path, order }),
  fc.record({ kind: fc.constant('endUse' as const), path, order, used: fc.boolean() }),
  fc.record({ kind: fc.constant('private' as const), tokens: fc.nat({ max: 12 }), order }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('releasePrivate' as const), pick }) },
  fc.record({ kind: fc.constant('alone' as const), tokens: fc.integer({ min: 1, max: 52 }) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const SOME_PATHS = ['abc', 'aaaa', 'ba', 'c'];

/** Plays operations on one residency; gives all that can be seen of it after each. */
function createPlayer(residency: Residency) {
  const state = { handles: [] as PrefixHandle[], reserved: [] as number[], tokens: [] as number[] };
  return (step: Operation) => {
    const answer = perform(residency, state, step);
    residency.checkIntegrity();
    return {
      answer,
      handles: state.handles.map(({ blocks, hashes }) => ({ blocks, hashes: [...hashes] })),
      events: residency.takeEvents(),
      released: residency.takeReleasedBlocks(),
      counters: residency.counters,
      matches: SOME_PATHS.map((path) => residency.match(chain(path))),
      room: residency.roomTokens,
      snapshot: residency.snapshot(),
    };
  };
}

interface PlayerState {
  handles: PrefixHandle[];
  reserved: number[];
  tokens: number[];
}

function perform(residency: Residency, state: PlayerState, step: Operation): unknown {
  switch (step.kind) {
    case 'store':
      return storeWhatFits(residency, step);
    case 'acquire':
      return state.handles.push(residency.acquire(chain(step.path)));
    case 'extend':
      return extend(residency, state, step);
    case 'reserve': {
      const block = residency.reserve(step.order);
      if (block !== undefined) state.reserved.push(block);
      return block;
    }
    case 'abandon': {
      const block = state.reserved.shift();
      return block === undefined ? undefined : residency.abandon(block);
    }
    case 'release': {
      const [handle] = state.handles.splice(step.pick % (state.handles.length + 1), 1);
      return handle === undefined ? undefined : residency.release(handle);
    }
    case 'pin':
      return residency.pin(chain(step.path));
    case 'unpin':
      return residency.unpin(chain(step.path));
    case 'hint':
      return residency.setNextUse(step.path as SequenceBlockHash, step.order);
    case 'expect':
      return residency.expectUse(chain(step.path), step.order);
    case 'endUse':
      return residency.endUse(chain(step.path), step.order, step.used);
    case 'private':
      if (residency.reservePrivate(step.tokens, step.order)) state.tokens.push(step.tokens);
      return state.tokens.length;
    case 'alone': {
      const { privateTokens, reservedBlocks, referencedBlocks } = residency.counters;
      if (privateTokens + reservedBlocks + referencedBlocks > 0) return undefined;
      const fits = residency.reserveAlone(step.tokens);
      if (fits) state.tokens.push(step.tokens);
      return fits;
    }
    case 'releasePrivate': {
      const [tokens] = state.tokens.splice(step.pick % (state.tokens.length + 1), 1);
      return tokens === undefined ? undefined : residency.releasePrivate(tokens);
    }
  }
}

/** What a short call does: takes the resident part, stores the rest, lets go of all. */
function storeWhatFits(residency: Residency, step: { path: string; order: number }) {
  const hashes = chain(step.path);
  const handle = residency.acquire(hashes);
  const hits = handle.hashes.length;
  for (const hash of hashes.slice(hits)) {
    const block = residency.reserve(step.order - 10);
    if (block === undefined) break;
    residency.commit(handle, hash, block);
  }
  residency.release(handle);
  return { hits, stored: handle.hashes.length };
}

function extend(residency: Residency, state: PlayerState, step: { pick: number; letter: string }) {
  const handle = state.handles[step.pick % (state.handles.length + 1)];
  if (handle === undefined) return undefined;
  const block = state.reserved.shift() ?? residency.reserve();
  if (block === undefined) return undefined;
  residency.commit(
    handle,
    `${handle.hashes.at(-1) ?? ''}${step.letter}` as SequenceBlockHash,
    block,
  );
  return handle.blocks.length;
}

/** What the log says is resident; fails where it removes what is not, or stores under nothing. */
function replay(log: readonly ResidencyEvent[]): Set<SequenceBlockHash> {
  const resident = new Set<SequenceBlockHash>();
  for (const event of log) {
    if (event.kind === 'stored') {
      expect(event.parent === undefined || resident.has(event.parent)).toBe(true);
      for (const hash of event.blocks) resident.add(hash);
    } else if (event.kind === 'removed') {
      for (const hash of event.blocks) expect(resident.delete(hash)).toBe(true);
    }
  }
  return resident;
}
