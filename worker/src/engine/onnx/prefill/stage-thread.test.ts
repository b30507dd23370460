import { describe, expect, it } from 'vitest';
import { startSibling, type ThreadRequest } from '../../sibling-thread.ts';
import { StageThread } from './stage-thread.ts';

/** A thread, and when it has ended. */
function startThread() {
  const faults: string[] = [];
  let ended: Promise<void> | undefined;
  const thread = new StageThread((request: ThreadRequest) => {
    ended = startSibling(request, (message) => faults.push(message));
  });
  return { thread, faults, ended: ended! };
}

const GRAPH = {
  path: '/no/such/graph.onnx',
  config: {} as never,
  range: { first: 0, end: 1 },
  options: { threads: 1, device: 'cpu' },
} as const;

describe('StageThread', () => {
  it('ends when it is not needed', async () => {
    const { thread, faults, ended } = startThread();
    expect(thread.isOpened).toBe(false);
    thread.closeUnopened();
    await ended;
    expect(faults).toEqual([]);
  });

  it('tells of a graph that onnxruntime refuses, and ends', async () => {
    const { thread, faults, ended } = startThread();
    const opening = thread.open(GRAPH);
    expect(thread.isOpened).toBe(true);
    await expect(opening).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining('/no/such/graph.onnx'),
    });
    thread.closeUnopened();
    await ended;
    expect(faults).toEqual([]);
  });
});
