import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hash, stored } from './fakes.cases.ts';
import { EVENTS_MAX, ResidencyLog } from './residency-log.ts';

/** An engine's truth, and a coordinator's belief rebuilt from what the log lets through. */
class World {
  readonly log = new ResidencyLog();
  readonly truth: number[] = [];
  belief: string[] = [];
  next = 1;

  store(): void {
    this.truth.push(this.truth.length + 1);
    this.log.add(stored(this.truth.length));
  }

  snapshotOfNow() {
    const blocks = this.truth.map((n) => ({ hash: hash(n), pinned: false }));
    return { sequence: this.truth.length, blocks };
  }

  flush(limit: number): void {
    const snapshot = this.log.takeSnapshot();
    if (snapshot) {
      this.belief = snapshot.blocks.map((block) => block.hash);
      this.next = snapshot.sequence + 1;
    }
    for (const { sequence, event } of this.log.takeEvents(limit)) {
      expect(sequence).toBe(this.next++);
      if (event.kind === 'stored') this.belief.push(...event.blocks);
    }
  }
}

describe('ResidencyLog', () => {
  it('lets a coordinator rebuild the truth without gaps, whenever snapshots come', () => {
    const actions = fc.array(fc.constantFrom('store', 'ask', 'answer', 'late', 'flush', 'attach'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(actions, (script) => {
        const world = new World();
        world.log.attach();
        let taken = world.snapshotOfNow();
        for (const action of [...script, 'answer', 'flush'] as const) {
          if (action === 'store') world.store();
          if (action === 'ask') {
            world.log.expectSnapshot();
            taken = world.snapshotOfNow();
          }
          if (action === 'answer') world.log.addSnapshot(world.snapshotOfNow());
          // The engine took it when it was asked; events have come since.
          if (action === 'late') world.log.addSnapshot(taken);
          if (action === 'flush') world.flush(1000);
          if (action === 'attach') {
            world.log.detach();
            world.log.attach();
            world.next = Number.NaN;
            taken = world.snapshotOfNow();
          }
        }
        expect(world.belief).toEqual(world.truth.map(hash));
      }),
      {
        numRuns: 500,
        examples: [
          [['store', 'answer', 'late', 'store', 'flush']],
          [['store', 'answer', 'flush', 'late', 'store', 'flush']],
        ],
      },
    );
  });

  it('asks for a snapshot when too many events wait, and keeps nothing while detached', () => {
    const log = new ResidencyLog();
    for (let i = 0; i < 2 * EVENTS_MAX; i++) expect(log.add(stored(i))).toBe(true);
    log.attach();
    log.addSnapshot({ sequence: 2 * EVENTS_MAX, blocks: [] });
    const answers = Array.from({ length: EVENTS_MAX + 1 }, (_, i) => log.add(stored(i)));
    expect(answers.indexOf(false)).toBe(EVENTS_MAX);
    expect(log.takeEvents(10)).toEqual([]);
  });
});
