import { createPrng, tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { FairShares, type Flow, PRESSED } from './fair-shares.ts';

const [a, b, c] = [tenantId('a'), tenantId('b'), tenantId('c')];
const flow = (tenant: Flow['tenant'], level = 0): Flow => ({ tenant, level });

/** Serves whoever is chosen, with jobs of random size, and says what each flow got. */
function serve(shares: FairShares, waiting: readonly Flow[], jobs: number, quantum = 10) {
  const random = createPrng(7);
  const got = new Map<Flow, number>();
  let last: Flow['tenant'] | undefined;
  let switches = 0;
  for (let i = 0; i < jobs; i++) {
    const chosen = shares.choose(waiting, last, quantum) as Flow;
    const tokens = 1 + Math.floor(random() * 100);
    switches += chosen.tenant === last ? 0 : 1;
    last = chosen.tenant;
    shares.charge(chosen, tokens);
    got.set(chosen, (got.get(chosen) ?? 0) + tokens);
  }
  return { got: waiting.map((each) => got.get(each) ?? 0), switches };
}

describe('FairShares', () => {
  it('gives tenants their weights of the token time, not of the calls', () => {
    const weights = new Map([
      [a, 1],
      [b, 3],
    ]);
    const shares = new FairShares((tenant) => weights.get(tenant) ?? 1);
    const [gotA = 0, gotB = 0] = serve(shares, [flow(a), flow(b)], 2000).got;
    expect(gotB / gotA).toBeCloseTo(3, 1);
  });

  it('stays with a tenant for a quantum, and is fair over many', () => {
    const waiting = [flow(a), flow(b)];
    const often = serve(new FairShares(() => 1), waiting, 2000);
    const seldom = serve(new FairShares(() => 1), waiting, 2000, 1000);
    expect(seldom.switches).toBeLessThan(often.switches / 8);
    expect((seldom.got[0] ?? 0) / (seldom.got[1] ?? 1)).toBeCloseTo(1, 1);
  });

  it('gives each level of priority four times the share of the one below, and starves none', () => {
    const shares = new FairShares(() => 1);
    const levels = [flow(a, 0), flow(a, 1)];
    for (const each of levels) shares.enter(each);
    const [low = 0, high = 0] = serve(shares, levels, 3000).got;
    expect(high / low).toBeCloseTo(4, 0);
  });

  it('lets a level that comes late begin where those of its tenant are', () => {
    const shares = new FairShares(() => 1);
    const [early, late] = [flow(a, 0), flow(a, 1)];
    shares.enter(early);
    shares.charge(early, 100_000);
    shares.enter(late);
    const [low = 0, high = 0] = serve(shares, [early, late], 3000).got;
    expect(high / low).toBeCloseTo(4, 0);
  });

  it('serves who is pressed first among its own, without a larger share against others', () => {
    const shares = new FairShares(() => 1);
    const waiting = [flow(a), flow(a, PRESSED), flow(b)];
    let last: Flow['tenant'] | undefined;
    const got = [0, 0, 0];
    for (let i = 0; i < 100; i++) {
      const chosen = shares.choose(waiting, last, 5) as Flow;
      last = chosen.tenant;
      shares.charge(flow(chosen.tenant), 10);
      got[waiting.indexOf(chosen)]! += 1;
    }
    expect(got).toEqual([0, 50, 50]);
  });

  it('lets who comes late begin where the others are', () => {
    const shares = new FairShares(() => 1);
    shares.enter(flow(a));
    shares.charge(flow(a), 1000);
    shares.enter(flow(b));
    shares.enter(flow(c, 2));
    expect([shares.received(b), shares.received(c)]).toEqual([1000, 1000]);
    shares.leave(flow(b));
    shares.charge(flow(a), 500);
    shares.charge(flow(c), 300);
    shares.enter(flow(b));
    expect(shares.received(b)).toBe(1300);
  });

  it('forgets what was not used beyond a limit', () => {
    const shares = new FairShares(() => 1);
    shares.charge(flow(a), 1_000_000);
    shares.choose([flow(a), flow(b)], a, 100);
    expect(shares.received(b)).toBe(1_000_000 - 6400);
  });
});
