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
  return registry.attach(who, registry.admit(who), leaseNow);
}

describe('WorkerRegistry', () => {
  it('refuses a second digest under one name and names both digests and workers', () => {
    const registry = new WorkerRegistry();
    attach(registry, identity('w1'));
    expect(() => registry.admit(identity('w2', 'd2'))).toThrow(
      'model "m": worker "w2" has digest d2, worker "w1" rely on digest d1',
    );
    expect(registry.admit(identity('w3', 'd2', 'other'))).toBeGreaterThan(0);
  });

  it('says so where the engines of a refused worker and of the others differ', () => {
    const registry = new WorkerRegistry();
    attach(registry, { ...identity('w1'), engine: 'onnx', device: 'cpu, fast' });
    const exact = { ...identity('w2', 'd2'), engine: 'onnx', device: 'cpu, exact' } as const;
    expect(() => registry.admit(exact)).toThrow(
      '; it computes with onnx (cpu, exact), they with onnx (cpu, fast)',
    );
  });

  it('lets a name take another digest once no worker and no run relies on the old one', () => {
    const registry = new WorkerRegistry();
    attach(registry, identity('w1'));
    registry.holdModel('m', modelDigest('d1'), 'r1');
    registry.detach(workerId('w1'));
    expect(() => registry.admit(identity('w1', 'd2'))).toThrow('run "r1" rely on digest d1');
    registry.releaseModel('m', 'r1');
    attach(registry, identity('w1', 'd2'));
    expect(registry.digestOf('m')).toBe('d2');
  });

  it('lets a worker that nobody else relies on come back with other weights', () => {
    const registry = new WorkerRegistry();
    attach(registry, identity('w1'));
    attach(registry, identity('w1', 'd2'));
    expect(registry.digestOf('m')).toBe('d2');
  });

  it('gives growing epochs and refuses an attachment older than the one that stands', () => {
    const registry = new WorkerRegistry();
    const first = registry.admit(identity('w1'));
    const second = registry.admit(identity('w1'));
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
