import { tenantId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { WriteGroups } from './write-groups.ts';

const A = tenantId('a');
const B = tenantId('b');

/** Groups over a clock that moves when told to, and what they wrote: tenant and keys. */
function bench() {
  const written: string[] = [];
  let now = 0;
  let timer: { readonly at: number; readonly fire: () => void } | undefined;
  const clock = {
    now: () => now,
    setTimer(delayMs: number, fire: () => void) {
      timer = { at: now + delayMs, fire };
      return {
        cancel: () => {
          timer = undefined;
        },
      };
    },
  };
  const groups = new WriteGroups(clock, (tenant, entries) => {
    if (entries.some(({ key }) => key === 'bad')) throw new Error('bad key');
    written.push(`${tenant}: ${entries.map(({ key }) => key).join(' ')}`);
  });
  const pass = (ms: number) => {
    now += ms;
    if (timer !== undefined && timer.at <= now) timer.fire();
  };
  const add = (tenant: typeof A, ...keys: string[]) =>
    groups.add(
      tenant,
      keys.map((key) => ({ key, text: key })),
    );
  return { groups, written, pass, add, hasTimer: () => timer !== undefined };
}

describe('WriteGroups', () => {
  it('writes at once what comes alone', async () => {
    const { add, written, pass } = bench();
    await add(A, 'x');
    pass(25);
    await add(A, 'y');
    expect(written).toEqual(['a: x', 'a: y']);
  });

  it('finds what waits, of a key what came last, and nothing that is written', async () => {
    const { groups, pass } = bench();
    await groups.add(A, [{ key: 'x', text: '1' }]);
    expect(groups.find(A, 'x')).toBe(undefined);
    const later = [
      groups.add(A, [{ key: 'y', text: '2' }]),
      groups.add(A, [{ key: 'y', text: '3' }]),
    ];
    expect([groups.find(A, 'y'), groups.find(B, 'y')]).toEqual(['3', undefined]);
    pass(25);
    await Promise.all(later);
    expect(groups.find(A, 'y')).toBe(undefined);
  });

  it('writes together what comes within a moment, by tenant and in order', async () => {
    const { add, written, pass } = bench();
    await add(A, 'first');
    const later = [add(A, 'x', 'y'), add(B, 'z'), add(A, 'x')];
    let resolved = 0;
    for (const promise of later) void promise.then(() => resolved++);
    pass(24);
    await Promise.resolve();
    expect([written.length, resolved]).toEqual([1, 0]);
    pass(1);
    await Promise.all(later);
    expect(written).toEqual(['a: first', 'a: x y', 'b: z']);
  });

  it('writes what waits when it is told to, and nothing twice', async () => {
    const { groups, add, written, pass, hasTimer } = bench();
    await add(A, 'first');
    const waiting = add(A, 'x');
    groups.flush();
    await waiting;
    expect(hasTimer()).toBe(false);
    groups.flush();
    pass(100);
    expect(written).toEqual(['a: first', 'a: x']);
  });

  it('tells those whose group could not be written, and goes on', async () => {
    const { add, written, pass } = bench();
    await add(A, 'first');
    const group = [add(A, 'x'), add(A, 'bad')];
    pass(25);
    const settled = await Promise.allSettled(group);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    pass(25);
    await add(A, 'y');
    expect(written).toEqual(['a: first', 'a: y']);
  });
});
