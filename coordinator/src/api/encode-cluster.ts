import type { wire } from '@helium/proto';
import type {
  Capabilities,
  ResidencyRecord,
  WorkerRecord,
  WorkerState,
} from '../dispatch/cluster-port.ts';

const WORKER_STATES = {
  ready: 'WORKER_STATE_READY',
  suspected: 'WORKER_STATE_SUSPECTED',
  // Clients of before know no other state without new calls.
  ejected: 'WORKER_STATE_SUSPECTED',
  draining: 'WORKER_STATE_DRAINING',
} as const satisfies Record<WorkerState, wire.WorkerState>;

export function encodeWorker(worker: WorkerRecord): wire.Worker {
  const { id, state, ...rest } = worker;
  return { ...rest, name: `workers/${id}`, state: WORKER_STATES[state] };
}

export function encodeResidency(residency: ResidencyRecord): wire.Residency {
  const { epoch, sequence, blockTokens, blockCount } = residency;
  const blocks = residency.blocks.map(({ hash, parent }) => ({
    hash: Buffer.from(hash, 'hex'),
    parent: Buffer.from(parent ?? '', 'hex'),
  }));
  return { epoch, sequence, blockTokens, blockCount, blocks };
}

export function encodeCapabilities(capabilities: Capabilities): wire.Capabilities {
  const { version } = capabilities;
  return {
    version,
    policies: [...capabilities.policies],
    rules: [...capabilities.rules],
    functions: [...capabilities.functions],
    models: [...capabilities.models],
  };
}
