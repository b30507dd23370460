import type { SequenceBlockHash } from '@helium/shared';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block } from './block.ts';
import { NEXT_USE } from './eviction-policy.ts';
import { EvictionQueue } from './eviction-queue.ts';

function blockOf(number: number, nextUse: number): Block {
  const rest = { parent: undefined, children: 0, references: 0, pinned: false, queuePlace: -1 };
  const hash = String(number) as SequenceBlockHash;
  return { hash, index: number as Block['index'], lastUse: number, nextUse, ...rest };
}

const deed = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'move', 'delete'),
  pick: fc.nat(1000),
  nextUse: fc.nat(20),
});

/** The next to go, found by a search through all. */
function leastOf(blocks: readonly Block[]): Block | undefined {
  return blocks.find((a) => blocks.every((b) => a === b || NEXT_USE.isBefore(a, b)));
}

describe('EvictionQueue', () => {
  it('gives block after block as a search through all would, whatever came, went and moved', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 20, maxLength: 80 }), (deeds) => {
        const queue = new EvictionQueue(NEXT_USE);
        let blocks: Block[] = [];
        const drop = (block: Block) => {
          queue.delete(block);
          blocks = blocks.filter((other) => other !== block);
          expect(block.queuePlace).toBe(-1);
        };
        for (const [number, { kind, pick, nextUse }] of deeds.entries()) {
          const picked = blocks[pick % Math.max(1, blocks.length)];
          if (kind === 'add' || picked === undefined) {
            const block = blockOf(number, nextUse);
            blocks.push(block);
            queue.add(block);
          } else if (kind === 'move') {
            picked.nextUse = nextUse;
            queue.moved(picked);
          } else drop(picked);
          expect(queue.first()?.hash).toBe(leastOf(blocks)?.hash);
        }
        for (let left = blocks.length; left > 0; left--) {
          expect(queue.size).toBe(left);
          expect(queue.first()?.hash).toBe(leastOf(blocks)?.hash);
          drop(queue.first()!);
        }
        expect(queue.first()).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });
});
