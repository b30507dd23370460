import { hostname } from 'node:os';
import { type WorkerId, workerId } from '@helium/shared';
import type { Settings } from '@helium/shared/config';

/** The set name, or one of host and process. */
export function workerIdOf(settings: Pick<Settings, 'worker-id'>): WorkerId {
  const ownName = `${hostname()}-${process.pid}`.replace(/[^A-Za-z0-9_.-]/g, '-');
  return workerId(settings['worker-id'] || ownName);
}
