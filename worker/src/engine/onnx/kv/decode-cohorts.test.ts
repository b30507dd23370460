import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEGMENT_TOKENS } from '../graph/segment-sums.ts';
import { DecodeCohorts, type SlabCohort } from './decode-cohorts.ts';
import { type KvChunk, type KvShape, sliceChunk, wholeChunk } from './kv-chunk.ts';
import { slabCapacityFor } from './slab-layout.ts';

const SHAPE: KvShape = { planes: 4, kvHeads: 2, headDim: 2, width: 4, bytesPerToken: 64 };

/** A sequence of the twin: how many tokens it has, and whose its leading segments are. */
interface Twin {
  tokens: number;
  readonly family: number;
  readonly sharedTokens: number;
}

/** A value that names its place, so that a misplaced one is seen. */
function mark(owner: number, token: number, plane: number, index: number): number {
  return owner * 1e6 + token * 100 + plane * 10 + index;
}

/** Of every sequence. */
const END = 1200;

/** Families are owners beyond all slots. */
const FAMILY_OWNER = 12;

function ownerOf(slot: number, twin: Twin, token: number): number {
  return token < twin.sharedTokens ? FAMILY_OWNER + twin.family : slot;
}

function chunksOf(slot: number, twin: Twin): KvChunk[] {
  const chunks: KvChunk[] = [];
  for (let start = 0; start < twin.tokens; start += SEGMENT_TOKENS) {
    const tokens = Math.min(SEGMENT_TOKENS, twin.tokens - start);
    const data = new Float32Array(SHAPE.planes * tokens * SHAPE.width);
    for (let plane = 0; plane < SHAPE.planes; plane++) {
      for (let token = 0; token < tokens; token++) {
        for (let i = 0; i < SHAPE.width; i++) {
          const at = (plane * tokens + token) * SHAPE.width + i;
          data[at] = mark(ownerOf(slot, twin, start + token), start + token, plane, i);
        }
      }
    }
    const id = ownerOf(slot, twin, start) * 1000 + start / SEGMENT_TOKENS;
    const whole = wholeChunk({ id, tokens, parts: [data], isBroken: false });
    // Blocks of one record are that record, in pieces.
    const cut = slot % 2 === 0 ? Math.floor(tokens / 4) : 0;
    if (cut > 0) chunks.push(sliceChunk(whole, 0, cut));
    chunks.push(sliceChunk(whole, cut, tokens));
  }
  return chunks;
}

function expectSame(cohorts: DecodeCohorts, twins: ReadonlyMap<number, Twin>): void {
  const seated = cohorts.slabs.flatMap(({ slots }) => slots.filter((slot) => slot !== undefined));
  expect(seated.toSorted((a, b) => a - b)).toEqual([...twins.keys()].sort((a, b) => a - b));
  for (const { slab, slots } of cohorts.slabs) {
    for (let plane = 0; plane < SHAPE.planes; plane++) {
      slots.forEach((slot, row) => {
        expect(slab.isVacant(row)).toBe(slot === undefined);
        if (slot === undefined) return;
        expect(ownRow(slab, plane, row).every(Number.isFinite)).toBe(true);
        const twin = twins.get(slot)!;
        expect(row).toBeLessThan(slab.rows);
        expect(slab.lengthOf(row)).toBe(twin.tokens);
        const { source } = slab.sourceOf(row);
        const read = new Float32Array(twin.tokens * SHAPE.width);
        source.copy(plane, 0, twin.tokens, read, 0, twin.tokens * SHAPE.headDim);
        for (const token of [0, twin.sharedTokens, twin.tokens - 1]) {
          for (let i = 0; i < SHAPE.width; i++) {
            const head = Math.floor(i / SHAPE.headDim);
            const at = (head * twin.tokens + token) * SHAPE.headDim + (i % SHAPE.headDim);
            if (token >= twin.tokens) continue;
            expect(read[at]).toBe(mark(ownerOf(slot, twin, token), token, plane, i));
          }
        }
      });
    }
  }
}

function ownRow(slab: SlabCohort['slab'], plane: number, row: number): Float32Array {
  const size = slab.capacity * SHAPE.width;
  return slab.ownPlane(plane).subarray(row * size, (row + 1) * size);
}

/** Sequences go whose states were no numbers, as after an overflow. */
function leaveBroken(cohorts: DecodeCohorts, leaving: readonly number[]): void {
  for (const { slab, slots } of cohorts.slabs) {
    for (const row of leaving.map((slot) => slots.indexOf(slot)).filter((at) => at >= 0)) {
      for (let plane = 0; plane < SHAPE.planes; plane++) ownRow(slab, plane, row).fill(Number.NaN);
    }
  }
  cohorts.leave(leaving);
}

function appendToken(
  cohorts: DecodeCohorts,
  twins: ReadonlyMap<number, Twin>,
  wanted: ReadonlySet<number>,
): void {
  for (const { slab, slots } of cohorts.slabs) {
    const kv = new Float32Array(SHAPE.planes * slab.rows * SHAPE.width);
    slots.slice(0, slab.rows).forEach((slot, row) => {
      if (slot === undefined) return;
      for (let plane = 0; plane < SHAPE.planes; plane++) {
        for (let i = 0; i < SHAPE.width; i++) {
          const at = (plane * slab.rows + row) * SHAPE.width + i;
          kv[at] = mark(slot, twins.get(slot)!.tokens, plane, i);
        }
      }
    });
    slab.append(kv, (row) => Number(wanted.has(slots[row]!)));
  }
  for (const slot of wanted) twins.get(slot)!.tokens++;
}

/** What the sequences need alone. */
function aloneTokens(twins: ReadonlyMap<number, Twin>): number {
  return [...twins.values()].reduce((sum, { tokens }) => sum + slabCapacityFor(tokens + 1), 0);
}

const arrival = fc.record({
  family: fc.nat(2),
  sharedSegments: fc.nat(4),
  rest: fc.integer({ min: 1, max: 300 }),
});

function twinOf({
  family,
  sharedSegments,
  rest,
}: {
  family: number;
  sharedSegments: number;
  rest: number;
}): Twin {
  const sharedTokens = sharedSegments * SEGMENT_TOKENS;
  return { family, sharedTokens, tokens: sharedTokens + rest };
}

describe('DecodeCohorts', () => {
  it('keeps every sequence whole through joining, growing, leaving and changing budgets', () => {
    const step = fc.record({
      // At most twelve sequences in all: marks of larger owners are no exact floats.
      join: fc.array(arrival, { maxLength: 3 }),
      leave: fc.array(fc.nat(), { maxLength: 4 }),
      decode: fc.integer({ min: 0, max: 70 }),
      generosity: fc.constantFrom(1, 1.1, 2, 20),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), (steps) => {
        const cohorts = new DecodeCohorts(SHAPE);
        const twins = new Map<number, Twin>();
        let nextSlot = 0;
        for (const { join, leave, decode, generosity } of steps) {
          const joining = join.slice(0, FAMILY_OWNER - nextSlot).map((sequence) => {
            const slot = nextSlot++;
            const twin = twinOf(sequence);
            twins.set(slot, twin);
            return { slot, chunks: chunksOf(slot, twin), tokensMax: END };
          });
          cohorts.join(joining, Math.floor(aloneTokens(twins) * generosity));
          expectSame(cohorts, twins);
          if (joining.length > 0) {
            expect(cohorts.tokens).toBeLessThanOrEqual(Math.floor(aloneTokens(twins) * generosity));
          }
          const wanted = new Set([...twins.keys()].filter((slot) => slot % 3 !== 2));
          for (let i = 0; i < decode; i++) {
            cohorts.makeRoom(wanted, Math.floor(aloneTokens(twins) * generosity));
            appendToken(cohorts, twins, wanted);
          }
          expectSame(cohorts, twins);
          const seated = [...twins.keys()];
          const leaving = new Set(leave.map((pick) => seated[pick % seated.length]!));
          if (seated.length > 0) leaveBroken(cohorts, [...leaving]);
          for (const slot of leaving) twins.delete(slot);
          expectSame(cohorts, twins);
        }
      }),
      { numRuns: 120 },
    );
  });

  it('shares what sequences have in common, and counts it once', () => {
    const cohorts = new DecodeCohorts(SHAPE);
    const twins = new Map<number, Twin>();
    const joining = Array.from({ length: 8 }, (_, slot) => {
      const twin = twinOf({ family: 0, sharedSegments: 4, rest: 20 });
      twins.set(slot, twin);
      return { slot, chunks: chunksOf(slot, twin), tokensMax: END };
    });
    cohorts.join(joining, 100_000);
    expectSame(cohorts, twins);
    expect(cohorts.slabs.map(({ slab }) => slab.sharedTokens)).toEqual([4 * SEGMENT_TOKENS]);
    expect(cohorts.tokens).toBe((4 + 8) * SEGMENT_TOKENS);
  });

  it('keeps one slab where one is cheaper, several where memory is short', () => {
    const lengths = [700, 60, 70, 130, 200];
    const twins = new Map(
      lengths.map((tokens, slot) => [slot, { tokens, family: 0, sharedTokens: 0 }]),
    );
    const joining = [...twins].map(([slot, twin]) => ({
      slot,
      chunks: chunksOf(slot, twin),
      tokensMax: END,
    }));
    const tight = new DecodeCohorts(SHAPE);
    tight.join(joining, aloneTokens(twins));
    expect(tight.tokens).toBeLessThanOrEqual(aloneTokens(twins));
    expect(tight.slabs.length).toBeGreaterThan(1);
    const near = new DecodeCohorts(SHAPE);
    near.join(joining.slice(1, 4), 100_000);
    expect(near.slabs.length).toBe(1);
  });

  it('takes as many as can grow to their ends in the budget, whoever leaves in between', () => {
    const joins = fc.array(fc.record({ arrival, output: fc.integer({ min: 1, max: 150 }) }), {
      minLength: 1,
      maxLength: FAMILY_OWNER,
    });
    fc.assert(
      fc.property(
        joins,
        fc.integer({ min: 12, max: 60 }),
        fc.array(fc.nat()),
        (all, size, leaves) => {
          const budget = size * SEGMENT_TOKENS;
          const cohorts = new DecodeCohorts(SHAPE);
          const twins = new Map<number, Twin>();
          const ends = new Map<number, number>();
          let waiting = all.map(({ arrival: sequence, output }, slot) => {
            const twin = twinOf(sequence);
            return { slot, twin, chunks: chunksOf(slot, twin), tokensMax: twin.tokens + output };
          });
          for (let step = 0; waiting.length + twins.size > 0; step++) {
            const count = cohorts.roomFor(waiting, budget);
            // Whoever is alone fits: no sequence is longer than the smallest budget.
            if (twins.size === 0) expect(count).toBeGreaterThan(0);
            const joining = waiting.slice(0, count);
            waiting = waiting.slice(count);
            for (const { slot, twin, tokensMax } of joining) {
              twins.set(slot, twin);
              ends.set(slot, tokensMax);
            }
            cohorts.join(joining, budget);
            expect(cohorts.tokens).toBeLessThanOrEqual(budget);
            cohorts.makeRoom(new Set(twins.keys()), budget);
            expect(cohorts.tokens).toBeLessThanOrEqual(budget);
            appendToken(cohorts, twins, new Set(twins.keys()));
            const isCancelled = step < leaves.length && leaves[step]! % 7 === 0;
            const cancelled = isCancelled ? [...twins.keys()].slice(0, 1) : [];
            for (const [slot, twin] of [...twins]) {
              if (twin.tokens < ends.get(slot)! && !cancelled.includes(slot)) continue;
              cohorts.leave([slot]);
              twins.delete(slot);
            }
            if (step % 16 === 0) expectSame(cohorts, twins);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
