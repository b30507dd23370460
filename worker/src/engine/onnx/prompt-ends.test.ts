import { expect, it } from 'vitest';
import type { PrefillChunk } from '../../batching/step-executor.ts';
import type { HeadRows } from './graph-runner.ts';
import { wholeChunk } from './kv/kv-chunk.ts';
import { PromptEnds } from './prompt-ends.ts';

const head: HeadRows = { hidden: new Float32Array(), ids: new BigInt64Array(), perRow: 0 };

function chunkOf(slot: number, start: number, tokens: readonly number[]): PrefillChunk {
  return { slot, start, tokens: Int32Array.from(tokens), storeAs: [], last: true };
}

/** With the end of a prompt of blocks 7 and 8 (of 4 tokens) and two tokens more, all in one pass. */
function filled(): PromptEnds {
  const ends = new PromptEnds(4);
  const record = { id: 1, tokens: 10, parts: [], isBroken: false };
  const pass = { ...chunkOf(0, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 9]), storeAs: [7, 8] };
  ends.keep(pass, [7, 8], { chunk: wholeChunk(record), head, row: 3 });
  return ends;
}

it('finds the end of the same blocks and tokens, as a part of the pass that made it', () => {
  const end = filled().find(chunkOf(1, 8, [9, 9]), [7, 8]);
  expect(end).toMatchObject({ head, row: 3, tail: { offset: 8, tokens: 2 } });
});

it.each([
  ['other tokens', chunkOf(1, 8, [9, 8]), [7, 8]],
  ['other blocks', chunkOf(1, 8, [9, 9]), [7, 6]],
  ['fewer blocks', chunkOf(1, 4, [9, 9]), [7]],
  ['a chunk behind others that were computed', chunkOf(1, 8, [9, 9]), [7]],
  ['one that does not end the prompt', { ...chunkOf(1, 8, [9, 9]), last: false }, [7, 8]],
])('finds nothing for %s', (_, chunk, blocks) => {
  expect(filled().find(chunk, blocks)).toBeUndefined();
});

it('keeps an end as long as one of its users is there, or its blocks are', () => {
  const again = chunkOf(2, 8, [9, 9]);
  const ends = filled();
  ends.find(chunkOf(1, 8, [9, 9]), [7, 8]);
  ends.release(0);
  expect(ends.find(again, [7, 8])).toBeDefined();
  ends.release(1);
  ends.release(2);
  expect(ends.find(again, [7, 8])).toBeUndefined();
  const others = filled();
  others.releaseBlocks([8]);
  expect(others.find(again, [7, 8])).toBeUndefined();
});

it('shares nothing of a prompt without blocks', () => {
  const ends = new PromptEnds(4);
  const record = { id: 1, tokens: 3, parts: [], isBroken: false };
  ends.keep(chunkOf(0, 0, [1, 2, 3]), [], { chunk: wholeChunk(record), head, row: 0 });
  expect(ends.find(chunkOf(1, 0, [1, 2, 3]), [])).toBeUndefined();
});
