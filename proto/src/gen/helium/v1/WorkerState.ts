// Original file: helium/v1/cluster.proto

export const WorkerState = {
  WORKER_STATE_UNSPECIFIED: 'WORKER_STATE_UNSPECIFIED',
  WORKER_STATE_READY: 'WORKER_STATE_READY',
  WORKER_STATE_SUSPECTED: 'WORKER_STATE_SUSPECTED',
  WORKER_STATE_DRAINING: 'WORKER_STATE_DRAINING',
} as const;

export type WorkerState =
  | 'WORKER_STATE_UNSPECIFIED'
  | 0
  | 'WORKER_STATE_READY'
  | 1
  | 'WORKER_STATE_SUSPECTED'
  | 2
  | 'WORKER_STATE_DRAINING'
  | 3

export type WorkerState__Output = typeof WorkerState[keyof typeof WorkerState]
