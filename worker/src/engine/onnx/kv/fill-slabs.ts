import { invariant } from '@helium/shared';
import { DecodeSlab } from './decode-slab.ts';
import type { KvShape } from './kv-chunk.ts';
import { type SlabRow, type SlabSize, slabTokens } from './slab-layout.ts';
import { SlabMemory } from './slab-memory.ts';

/** A slab without a place, and what its rows shall be. */
export interface NewSlab {
  readonly slab: DecodeSlab;
  readonly rows: ReadonlyMap<number, SlabRow>;
}

/**
 * Gives new slabs their places and rows, perhaps from slabs that retire, whose places are free then. Where
 * there is no room beside these, all slabs are put down anew, plane by plane by way of a copy of one
 * plane; `staying` are the others.
 */
export function fillSlabs(
  memory: SlabMemory,
  built: readonly NewSlab[],
  retired: readonly DecodeSlab[],
  staying: readonly DecodeSlab[] = [],
): void {
  if (!fillBeside(memory, built, retired)) fillAnew(memory, built, retired, staying);
}

/** A slab by itself, with a memory of its own size. */
export function standaloneSlab(
  shape: KvShape,
  size: SlabSize,
  rows: ReadonlyMap<number, SlabRow>,
): DecodeSlab {
  const memory = new SlabMemory(shape);
  const slab = new DecodeSlab(memory, size);
  memory.reserve(slabTokens(size));
  fillSlabs(memory, [{ slab, rows }], []);
  return slab;
}

function fillBeside(
  memory: SlabMemory,
  built: readonly NewSlab[],
  retired: readonly DecodeSlab[],
): boolean {
  const places: number[] = [];
  for (const { slab } of built) {
    const at = memory.take(slabTokens(slab));
    if (at === undefined) {
      for (const taken of places) memory.free(taken);
      return false;
    }
    places.push(at);
  }
  built.forEach(({ slab, rows }, index) => {
    slab.settle(places[index]!);
    slab.startRows(rows);
  });
  for (let plane = 0; plane < memory.shape.planes; plane++) {
    built.forEach(({ slab, rows }) => {
      slab.fillPlane(plane, rows, slab.wholePlane(plane));
    });
  }
  for (const slab of retired) slab.dispose();
  return true;
}

function fillAnew(
  memory: SlabMemory,
  built: readonly NewSlab[],
  retired: readonly DecodeSlab[],
  staying: readonly DecodeSlab[],
): void {
  const { planes, width } = memory.shape;
  const total = [...staying, ...built.map(({ slab }) => slab)].reduce(
    (sum, slab) => sum + slabTokens(slab),
    0,
  );
  const copy = new Float32Array(total * width);
  for (const { slab, rows } of built) slab.startRows(rows);
  for (let plane = 0; plane < planes; plane++) {
    let start = 0;
    for (const slab of staying) {
      copy.set(slab.wholePlane(plane), start);
      start += slabTokens(slab) * width;
    }
    for (const { slab, rows } of built) {
      const end = start + slabTokens(slab) * width;
      slab.fillPlane(plane, rows, copy.subarray(start, end));
      start = end;
    }
    memory.plane(plane).set(copy);
  }
  for (const slab of retired) slab.dispose();
  for (const slab of staying) slab.unsettle();
  for (const slab of [...staying, ...built.map(({ slab }) => slab)]) {
    const at = memory.take(slabTokens(slab));
    invariant(at !== undefined, `no room for a slab of ${slabTokens(slab)} tokens`);
    slab.settle(at);
  }
}
