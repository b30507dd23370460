import { describe, expect, it } from 'vitest';
import type { LiveRun } from './live-run.ts';
import { PendingNodes } from './pending-nodes.ts';

const [a, b] = [{ id: 'a' } as LiveRun, { id: 'b' } as LiveRun];

/** What is done is written down; `then` makes more pending. */
function open(startsMax: number, then: (line: string, nodes: PendingNodes) => void = () => {}) {
  const log: string[] = [];
  const dead = new Set<LiveRun>();
  const say = (line: string) => {
    log.push(line);
    then(line, nodes);
  };
  const nodes: PendingNodes = new PendingNodes(
    {
      isLive: (run) => !dead.has(run),
      begin: ({ kind, run, node }) => say(`${kind} ${run.id}${node}`),
      finish: (run, node, text) => say(`done ${run.id}${node} ${text}`),
    },
    startsMax,
  );
  const settle = () => ({ asksForTurn: nodes.settle(), did: log.splice(0) });
  return { nodes, settle, dead };
}

describe('PendingNodes', () => {
  it('does one after the other, also what comes of it meanwhile', () => {
    const { nodes, settle } = open(9, (line, all) => {
      if (line === 'start a0') all.add({ kind: 'done', run: a, node: 0, text: 'x' });
      if (line === 'done a0 x') all.add({ kind: 'start', run: a, node: 2 });
    });
    nodes.add({ kind: 'start', run: a, node: 0 });
    nodes.add({ kind: 'start', run: a, node: 1 });
    expect(settle()).toEqual({
      asksForTurn: false,
      did: ['start a0', 'start a1', 'done a0 x', 'start a2'],
    });
    expect(settle().did).toEqual([]);
  });

  it('keeps starts that are too many for a turn for the next, and asks for that once', () => {
    const { nodes, settle } = open(2);
    for (let node = 0; node < 5; node++) nodes.add({ kind: 'start', run: a, node });
    nodes.add({ kind: 'done', run: b, node: 0, text: 'x' });
    expect(settle()).toEqual({ asksForTurn: true, did: ['start a0', 'start a1', 'done b0 x'] });
    expect(nodes.awaitsTurn).toBe(true);
    // A turn that is asked for already is not asked for again.
    for (let node = 5; node < 8; node++) nodes.add({ kind: 'start', run: a, node });
    expect(settle()).toEqual({ asksForTurn: false, did: ['start a5', 'start a6'] });
    nodes.takeTurn();
    expect(settle()).toEqual({ asksForTurn: true, did: ['start a2', 'start a3'] });
    nodes.takeTurn();
    expect(settle()).toEqual({ asksForTurn: false, did: ['start a4', 'start a7'] });
    expect(nodes.awaitsTurn).toBe(false);
  });

  it('does nothing for runs that ended, and forgets what of them waits for a turn', () => {
    const { nodes, settle, dead } = open(1);
    nodes.add({ kind: 'start', run: a, node: 0 });
    nodes.add({ kind: 'start', run: a, node: 1 });
    nodes.add({ kind: 'start', run: b, node: 0 });
    nodes.add({ kind: 'start', run: b, node: 1 });
    expect(settle().did).toEqual(['start a0']);
    dead.add(a);
    nodes.leave(a);
    nodes.add({ kind: 'done', run: a, node: 0, text: 'x' });
    nodes.takeTurn();
    expect(settle()).toEqual({ asksForTurn: true, did: ['start b0'] });
  });
});
