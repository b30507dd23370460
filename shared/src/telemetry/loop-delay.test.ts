import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { measureLoopDelay } from './loop-delay.ts';

const BLOCK_MS = 300;

function block(): void {
  const until = performance.now() + BLOCK_MS;
  while (performance.now() < until);
}

it('reports a stall of the event loop, over or not, and no stall twice', async () => {
  const delay = measureLoopDelay();
  block();
  expect(delay.takeMaxMs()).toBeGreaterThan(BLOCK_MS - 50);
  await setTimeout(0);
  delay.takeMaxMs();
  block();
  await setTimeout(1);
  expect(delay.takeMaxMs()).toBeGreaterThan(BLOCK_MS - 50);
  expect(delay.takeMaxMs()).toBeLessThan(BLOCK_MS - 50);
  delay.stop();
});
