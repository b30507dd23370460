import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '@helium/shared';
import { buildEngine } from './build-engine.ts';
import type { EngineConfig } from './engine-config.ts';
import { hostEngine } from './host-engine.ts';

// The entry of the engine's thread: `workerData` is its config.
invariant(parentPort !== null, 'the engine worker runs as a thread');
await hostEngine(parentPort, (host) => buildEngine(workerData as EngineConfig, host));
