import type { WorkerRecord } from '@helium/client';
import { expect, it } from 'vitest';
import { workersView } from './workers-view.ts';

function worker(id: string, changes: Partial<WorkerRecord> = {}): WorkerRecord {
  return {
    id,
    state: 'ready',
    stateReason: '',
    model: 'small',
    modelDigest: 'a'.repeat(64),
    engine: 'onnx',
    device: 'cpu, fast',
    epoch: 1,
    runningCalls: 1,
    queuedCalls: 2,
    scheduledCalls: 3,
    kvTokens: 1000,
    kvTokensUsed: 100,
    finishedCalls: 0,
    promptTokens: 0,
    reusedTokens: 0,
    prefetchedTokens: 0,
    version: '1',
    ...changes,
  };
}

it('has a line for each worker, and more only of what is not as usual', () => {
  const busy = { finishedCalls: 12, promptTokens: 300, reusedTokens: 200, prefetchedTokens: 64 };
  expect(workersView([worker('w1'), worker('worker-2', { ...busy, model: 'other' })])).toBe(
    'worker    state  model  engine            run+queue+plan  done  kv tokens  reused  ahead\n' +
      'w1        ready  small  onnx (cpu, fast)  1+2+3           0     100/1000           0\n' +
      'worker-2  ready  other  onnx (cpu, fast)  1+2+3           12    100/1000   67 %    64\n',
  );
});

it('says why a worker gets no calls, or one at a time, and which weights a name has', () => {
  const other = { modelDigest: 'b'.repeat(64) };
  const said = workersView([
    worker('w1', { state: 'ejected', stateReason: 'three calls failed' }),
    worker('w2', { ...other, stateReason: 'they failed before' }),
    worker('w3'),
    worker('w4', { ...other, model: 'large' }),
  ]).split('\n');
  expect(said.slice(5)).toEqual([
    'w1 is ejected, no calls for now: three calls failed',
    'w2 was ejected, one call at a time for now: they failed before',
    'model "small" has several weights, and new runs go to those that most ready workers have: ' +
      'aaaaaaaaaaaa… of w1, w3; bbbbbbbbbbbb… of w2',
    '',
  ]);
});
