import { modelDigest, type WorkerIdentity, workerId } from '@helium/shared';
import { describe, expect, it } from 'vitest';
import { WorkerRegistry } from './worker-registry.ts';

function identity(id: string, digest = 'd1', model = 'm'): WorkerIdentity {
  return {
    workerId: workerId(id),
    model,
    modelDigest: modelDigest(digest),
    tokenizerDigest: 't',
    engine: 'sim',
    device: 'sim',
    maxCalls: 4,
    maxBatch: 2,
    contextTokens: 100,
    kvTokens: 1000,
    blockTokens: 16,
    version: '0',
  };
}

function attach(registry: WorkerRegistry, who: WorkerIdentity, leaseNow = 0) {
  return registry.attach(who, registry.admit(), leaseNow);
}

describe('WorkerRegistry', () => {
  it('gives growing epochs and refuses an attachment older than the one that stands', () => {
    const registry = new WorkerRegistry();
    const first = registry.admit();
    const second = registry.admit();
    registry.attach(identity('w1'), second, 0);
    expect(second).toBeGreaterThan(first);
    expect(() => registry.attach(identity('w1'), first, 0)).toThrow('older');
    expect(() => registry.attach(identity('w1'), second, 0)).toThrow('older');
  });

  it('suspects silent workers, forgives them when heard, and reports the lost', () => {
    const registry = new WorkerRegistry();
    const worker = attach(registry, identity('w1'));
    const times = { heartbeatMs: 100, timeoutMs: 1000 };
    expect(registry.checkLeases(300, times)).toEqual({ changed: true, lost: [] });
    expect(registry.ready('m')).toEqual([]);
    worker.heardAt = 350;
    expect(registry.checkLeases(400, times).changed).toBe(true);
    expect(registry.ready('m')).toEqual([worker]);
    expect(registry.checkLeases(1400, times).lost).toEqual([worker]);
  });

  it('names the attached workers when asked for one that is not', () => {
    const registry = new WorkerRegistry();
    attach(registry, identity('w2'));
    attach(registry, identity('w1'));
    expect(() => registry.require(workerId('w9'))).toThrow(
      '"w9" is not attached; attached: w1, w2',
    );
  });
});
