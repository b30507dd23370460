import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '@helium/shared';
import { buildEngine, type EngineConfig, hostEngine } from '@helium/worker/engine';
import { createTokenIdTokenizer } from './token-id-tokenizer.ts';

// The entry of the measured engine's thread: a worker's own, but for what a prompt's text is.
invariant(parentPort !== null, 'the engine runs as a thread');
await hostEngine(parentPort, (host) =>
  buildEngine(workerData as EngineConfig, host, createTokenIdTokenizer),
);
