import { describe, expect, it } from 'vitest';
import { PlanningQueue } from './planning-queue.ts';

/** A queue whose turns end when told to, and plans that note when they begin. */
function bench() {
  const begun: string[] = [];
  let turns: (() => void)[] = [];
  const queue = new PlanningQueue(() => new Promise((resolve) => turns.push(resolve)));
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    begun,
    queue,
    add(name: string, until: Promise<void> = Promise.resolve()) {
      queue.add(async () => {
        begun.push(name);
        await until;
      });
    },
    settle,
    async turn() {
      const ended = turns;
      turns = [];
      for (const end of ended) end();
      await settle();
    },
  };
}

describe('PlanningQueue', () => {
  it('begins two at once, others in order and turns apart', async () => {
    const { add, begun, settle, turn } = bench();
    for (const name of ['a', 'b', 'c', 'd', 'e']) add(name);
    expect(begun).toEqual(['a', 'b']);
    await settle();
    expect(begun).toEqual(['a', 'b']);
    for (let i = 0; i < 3; i++) await turn();
    expect(begun).toEqual(['a', 'b']);
    await turn();
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    for (let i = 0; i < 4; i++) await turn();
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('is settled when all that was added before is done, whatever came since', async () => {
    const { add, queue, settle, turn } = bench();
    const [long, later] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    for (const [name, until] of [['a', long.promise], ['b'], ['c']] as const) add(name, until);
    let isSettled = false;
    void queue.settled().then(() => {
      isSettled = true;
    });
    add('d', later.promise);
    for (let i = 0; i < 12; i++) await turn();
    expect(isSettled).toBe(false);
    long.resolve();
    await settle();
    expect(isSettled).toBe(true);
    later.resolve();
    await queue.settled();
  });

  it('is not held up by one that takes long, and takes what comes after a rest at once', async () => {
    const { add, begun, settle, turn } = bench();
    const long = Promise.withResolvers<void>();
    add('long', long.promise);
    add('a');
    await settle();
    add('b');
    expect(begun).toEqual(['long', 'a']);
    for (let i = 0; i < 4; i++) await turn();
    expect(begun).toEqual(['long', 'a', 'b']);
    long.resolve();
    await settle();
    for (let i = 0; i < 4; i++) await turn();
    add('c');
    add('d');
    expect(begun).toEqual(['long', 'a', 'b', 'c', 'd']);
  });
});
