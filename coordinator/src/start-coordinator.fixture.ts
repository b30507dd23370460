import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Coordinator, type CoordinatorPlace, createCoordinator } from './coordinator.ts';
import type { MemoryWorker } from './dispatch/memory-worker.fixture.ts';

/** As a coordinator has them that is left alone. */
export const COORDINATOR_SETTINGS = {
  'redis-url': '',
  'run-journal': 'on' as const,
  'run-journal-name': 'default',
  'cache-ttl-seconds': 0,
  'cache-secret': 'secret',
  'storage-key-file': '',
  functions: '',
  'improve-ms': 1000,
  'tenant-weights': '',
  policy: '',
  'heartbeat-ms': 60_000,
  'worker-timeout-ms': 600_000,
};

/** A coordinator with these workers, in a folder of its own, until the test ends. */
export function startCoordinator(...workers: MemoryWorker[]): Promise<Coordinator> {
  return startCoordinatorWith({}, ...workers);
}

/** As `startCoordinator`, with room for so many calls, or a log. */
export async function startCoordinatorWith(
  place: Pick<CoordinatorPlace, 'callsMax' | 'logger'>,
  ...workers: MemoryWorker[]
): Promise<Coordinator> {
  const stateFolder = mkdtempSync(join(tmpdir(), 'helium-coordinator-'));
  const coordinator = await createCoordinator(COORDINATOR_SETTINGS, {
    ...place,
    stateFolder,
    version: '0',
  });
  onTestFinished(async () => {
    await coordinator.close();
    rmSync(stateFolder, { recursive: true });
  });
  for (const worker of workers) worker.attach(coordinator.workers);
  return coordinator;
}
