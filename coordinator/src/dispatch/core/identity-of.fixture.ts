import { modelDigest, type WorkerIdentity, workerId } from '@helium/shared';

/** A simulated worker that takes so many calls. */
export function identityOf(id: string, model: string, maxCalls: number): WorkerIdentity {
  return {
    workerId: workerId(id),
    model,
    modelDigest: modelDigest(`digest of ${model}`),
    tokenizerDigest: 't',
    engine: 'sim',
    device: 'sim',
    maxCalls,
    maxBatch: Math.max(1, maxCalls >> 1),
    contextTokens: 1000,
    kvTokens: 1000,
    blockTokens: 16,
    version: '0',
  };
}
