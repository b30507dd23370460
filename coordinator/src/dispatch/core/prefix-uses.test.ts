import { runId, type SequenceBlockHash, workerId } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StaticPrefix } from './core-event.ts';
import { PrefixUses } from './prefix-uses.ts';
import type { Slot } from './worker-places.ts';

const w = workerId('w');
const prefix = (name: string, tokens = 32): StaticPrefix => ({
  tokens: new Int32Array(tokens),
  cacheSalt: 's',
  hashes: [`${name}1`, `${name}2`] as SequenceBlockHash[],
});
const a = prefix('a');
const b = prefix('b');
const slot = (order: number, ...prefixes: StaticPrefix[]): Slot => ({
  worker: w,
  order,
  place: {
    run: runId('r'),
    node: order,
    prefixes,
    outputTokens: 1,
    outputSpread: 1,
    promptTokens: 99,
    group: 0,
  },
});
const nextUses = (uses: PrefixUses) =>
  uses
    .takeDirectives(w)
    .map((said) => (said.kind === 'nextUse' ? `${said.block} ${said.nextUse}` : said.kind));

function installed(...slots: Slot[]): PrefixUses {
  const uses = new PrefixUses();
  uses.open(w);
  uses.install(slots);
  return uses;
}

describe('PrefixUses', () => {
  it('says each change of a next use once, by the last block, and Infinity at the end', () => {
    const slots = [slot(1, a), slot(2, a, b), slot(5, a)];
    const uses = installed(...slots);
    expect(nextUses(uses)).toEqual(['a2 1', 'b2 2']);
    expect(nextUses(uses)).toEqual([]);
    for (const used of slots.slice(0, 2)) uses.end(used);
    expect(nextUses(uses)).toEqual(['a2 5', 'b2 Infinity']);
    uses.end(slots[2] as Slot);
    expect(nextUses(uses)).toEqual(['a2 Infinity']);
  });

  it('takes back what a new schedule does not use, and repeats nothing that stayed', () => {
    const uses = installed(slot(1, a), slot(2, b));
    nextUses(uses);
    uses.install([slot(1, a)]);
    expect(nextUses(uses)).toEqual(['b2 Infinity']);
    uses.install([]);
    expect(nextUses(uses)).toEqual(['a2 Infinity']);
    uses.install([]);
    expect(nextUses(uses)).toEqual([]);
  });

  it('has told, after any schedules, additions and ends, the least order of each prefix that is left', () => {
    const names = ['a', 'b', 'c', 'd'];
    const known = new Map(names.map((name) => [name, prefix(name)]));
    const wanted = fc.array(fc.subarray(names), { maxLength: 4 });
    const action = fc.oneof(
      fc.record({ kind: fc.constantFrom('install' as const, 'add' as const), wanted }),
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom('end' as const, 'drop' as const),
          pick: fc.nat(),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
        const uses = new PrefixUses();
        uses.open(w);
        const told = new Map<string, number>();
        let left: Slot[] = [];
        let made = 0;
        for (const step of actions) {
          if ('wanted' in step) {
            const slots = step.wanted.map((of) => {
              made += 1;
              // Some come before all that there are.
              return slot(of.length === 1 ? -made : made, ...of.map((name) => known.get(name)!));
            });
            left = step.kind === 'install' ? slots : [...left, ...slots];
            uses[step.kind](slots);
          } else {
            const [gone] = left.splice(step.pick % (left.length + 1), 1);
            if (gone !== undefined && step.kind === 'end') uses.end(gone);
            else if (gone !== undefined) uses.drop([gone]);
          }
          for (const said of uses.takeDirectives(w)) {
            if (said.kind === 'nextUse') told.set(said.block, said.nextUse ?? Infinity);
          }
          for (const each of known.values()) {
            const orders = left.filter(({ place }) => place.prefixes.includes(each));
            const least = Math.min(...orders.map((own) => own.order));
            expect(told.get(each.hashes[1]!) ?? Infinity).toBe(least);
            expect(uses.isUsed(w, each)).toBe(Number.isFinite(least));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('takes a prefix that hundreds of thousands of calls share', () => {
    const slots = Array.from({ length: 300_000 }, (_, i) => slot(i + 1, a));
    const uses = installed(...slots.slice(0, 10));
    uses.add(slots.slice(10).reverse());
    for (const used of slots.slice(0, 20)) uses.end(used);
    expect(nextUses(uses)).toEqual(['a2 21']);
  });

  it('asks once for prefixes of calls still to come, in order of use, within the limit', () => {
    const c = prefix('c', 100);
    const uses = installed(slot(1, b), slot(2, a), slot(3, c));
    uses.end(slot(1, b));
    const asked = uses.takePrefetches(w, 64, () => true);
    expect(asked).toMatchObject([{ kind: 'prefetch', nextUse: 2, pin: false, tokens: a.tokens }]);
    expect(nextUses(uses)).not.toContain('a2 2');
    expect(uses.takePrefetches(w, 64, () => true)).toEqual([]);
  });

  it('asks for what is used soonest first, in whatever order the schedule came', () => {
    const uses = installed(slot(9, prefix('c')), slot(2, a), slot(5, b));
    const asked = uses.takePrefetches(w, 64, () => true);
    expect(asked.map((each) => each.kind === 'prefetch' && each.nextUse)).toEqual([2, 5]);
  });

  it('asks for more once what was asked for is in use', () => {
    const uses = installed(slot(1, a), slot(2, b));
    const ask = () => uses.takePrefetches(w, 40, () => true).map(({ kind }) => kind);
    expect([ask(), ask()]).toEqual([['prefetch'], []]);
    uses.end(slot(1, a));
    expect(ask()).toEqual(['prefetch']);
  });

  it('asks again only for what a schedule did without meanwhile', () => {
    const uses = installed(slot(1, a));
    const ask = () => uses.takePrefetches(w, 99, () => true).length;
    expect(ask()).toBe(1);
    uses.install([slot(2, a)]);
    expect(ask()).toBe(0);
    uses.install([]);
    uses.install([slot(3, a)]);
    expect(ask()).toBe(1);
  });

  it('says next uses of places that are added, and asks for their prefixes', () => {
    const uses = installed(slot(4, a), slot(8, a));
    nextUses(uses);
    uses.add([slot(2, a), slot(6, b)]);
    expect(nextUses(uses)).toEqual(['a2 2', 'b2 6']);
    expect(uses.takeChanged()).toEqual([w]);
    const asked = uses.takePrefetches(w, 99, () => true);
    expect(asked.map((each) => each.kind === 'prefetch' && each.nextUse)).toEqual([2, 6]);
  });

  it('knows nothing of an attachment that is over', () => {
    const uses = installed(slot(1, a));
    uses.close(w);
    expect([uses.takeDirectives(w), uses.takePrefetches(w, 99, () => true)]).toEqual([[], []]);
    uses.install([]);
    expect(uses.takeDirectives(w)).toEqual([]);
  });
});
