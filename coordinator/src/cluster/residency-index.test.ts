import {
  createPrng,
  type NumberedResidencyEvent,
  type ResidencyEvent,
  type ResidencySnapshot,
  type SequenceBlockHash,
  workerId,
} from '@helium/shared';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NaiveResidencyIndex } from './naive-residency-index.ts';
import { HashResidencyIndex } from './residency-index.ts';

const w = workerId('w1');
const hash = (text: string) => text as SequenceBlockHash;

/** A worker's true cache: chains `a`, `ab`, `abc`, … whose blocks come and go leaf first. */
class TrueWorker {
  readonly resident = new Map<SequenceBlockHash, SequenceBlockHash | undefined>();
  readonly log: NumberedResidencyEvent[] = [];

  constructor(choices: readonly number[]) {
    for (const choice of choices) this.#change(choice);
  }

  #change(choice: number): void {
    const chain = chainOf(choice);
    if (choice % 13 === 0) {
      this.resident.clear();
      this.#record({ kind: 'cleared' });
    } else if (choice % 3 === 0) {
      const leaf = [...this.resident.keys()].find(
        (block) => ![...this.resident.values()].includes(block),
      );
      if (leaf === undefined) return;
      this.resident.delete(leaf);
      this.#record({ kind: 'removed', blocks: [leaf] });
    } else {
      const known = chain.findIndex((block) => !this.resident.has(block));
      if (known === -1) return;
      const parent = known === 0 ? undefined : chain[known - 1];
      const blocks = chain.slice(known);
      blocks.forEach((block, i) => {
        this.resident.set(block, i === 0 ? parent : blocks[i - 1]);
      });
      this.#record({ kind: 'stored', ...(parent === undefined ? {} : { parent }), blocks });
    }
  }

  #record(event: ResidencyEvent): void {
    this.log.push({ sequence: this.log.length + 1, event });
  }

  snapshot(): ResidencySnapshot {
    const blocks = [...this.resident].map(([block, parent]) => ({
      hash: block,
      pinned: false,
      ...(parent === undefined ? {} : { parent }),
    }));
    return { sequence: this.log.length, blocks };
  }
}

function chainOf(choice: number): SequenceBlockHash[] {
  const random = createPrng(choice % 17);
  let text = '';
  return Array.from({ length: 1 + Math.floor(random() * 5) }, () => {
    text += random() < 0.5 ? 'a' : 'b';
    return hash(text);
  });
}

/** Drops, doubles and swaps events, as a bad link would. */
function disturb(log: readonly NumberedResidencyEvent[], seed: number): NumberedResidencyEvent[] {
  const random = createPrng(seed);
  const heard: NumberedResidencyEvent[] = [];
  for (const event of log) {
    const chance = random();
    if (chance < 0.1) continue;
    heard.push(event);
    if (chance < 0.2) heard.push(event);
    if (chance > 0.9 && heard.length > 1) {
      const last = heard.pop() as NumberedResidencyEvent;
      heard.splice(heard.length - 1, 0, last);
    }
  }
  return heard;
}

const choices = fc.array(fc.nat(1000), { maxLength: 60 });

describe('HashResidencyIndex', () => {
  it('agrees with its naive twin on every answer, whatever events come in which order', () => {
    fc.assert(
      fc.property(choices, fc.nat(), fc.nat(3), (made, seed, epoch) => {
        const worker = new TrueWorker(made);
        const indexes = [new HashResidencyIndex(), new NaiveResidencyIndex()] as const;
        for (const index of indexes) index.open(w, 1);
        const random = createPrng(seed);
        for (const event of disturb(worker.log, seed)) {
          const said = indexes.map((index) => index.applyEvents(w, epoch, [event]));
          expect(said[0]).toBe(said[1]);
          if (random() < 0.8) continue;
          // Of some moment: it may be older than what is known, or newer than the events that come next.
          const snapshot = new TrueWorker(made.slice(0, random() * made.length)).snapshot();
          const told = indexes.map((index) => index.applySnapshot(w, epoch, snapshot));
          expect(told[0]).toBe(told[1]);
        }
        for (let choice = 0; choice < 17; choice++) {
          const found = indexes.map((index) => index.residentBlocks(w, chainOf(choice)));
          expect(found[0]).toBe(found[1]);
          const whole = indexes.map((index) => index.isResident(w, chainOf(choice)));
          expect(whole[0]).toBe(whole[1]);
        }
        expect(indexes[0].view(w)?.parents).toEqual(indexes[1].view(w)?.parents);
      }),
      { numRuns: 200 },
    );
  });

  it('equals the worker again after a snapshot, however bad the link was', () => {
    fc.assert(
      fc.property(choices, choices, fc.nat(), (before, after, seed) => {
        const index = new HashResidencyIndex();
        index.open(w, 1);
        const early = new TrueWorker(before);
        index.applyEvents(w, 1, disturb(early.log, seed));
        index.applySnapshot(w, 1, early.snapshot());
        const late = new TrueWorker([...before, ...after]);
        const outcome = index.applyEvents(w, 1, late.log.slice(early.log.length));
        expect(outcome).toBe('applied');
        expect(new Map(index.view(w)?.parents)).toEqual(late.resident);
      }),
      { numRuns: 200 },
    );
  });

  it('asks for a snapshot after a gap and ignores events until it comes', () => {
    const index = new HashResidencyIndex();
    index.open(w, 1);
    const stored = (sequence: number, block: string): NumberedResidencyEvent => ({
      sequence,
      event: { kind: 'stored', blocks: [hash(block)] },
    });
    expect(index.applyEvents(w, 1, [stored(1, 'a'), stored(3, 'c')])).toBe('gap');
    expect(index.applyEvents(w, 1, [stored(2, 'b')])).toBe('waiting');
    expect(index.residentBlocks(w, [hash('b')])).toBe(0);
    const snapshot = { sequence: 3, blocks: [{ hash: hash('c'), pinned: false }] };
    expect(index.applySnapshot(w, 1, snapshot)).toBe('applied');
    expect(index.residentBlocks(w, [hash('c')])).toBe(1);
    expect(index.applyEvents(w, 1, [stored(4, 'd')])).toBe('applied');
  });

  it('refuses what was said under another epoch', () => {
    const index = new HashResidencyIndex();
    index.open(w, 2);
    const event: NumberedResidencyEvent = { sequence: 1, event: { kind: 'cleared' } };
    expect(index.applyEvents(w, 1, [event])).toBe('stale');
    expect(index.applySnapshot(w, 1, { sequence: 9, blocks: [] })).toBe('stale');
    index.close(w);
    expect(index.applyEvents(w, 2, [event])).toBe('stale');
  });
});
