// Original file: helium/v1/workflow.proto

export const LoopBound = {
  LOOP_BOUND_UNSPECIFIED: 'LOOP_BOUND_UNSPECIFIED',
  LOOP_BOUND_LAST: 'LOOP_BOUND_LAST',
  LOOP_BOUND_FAIL: 'LOOP_BOUND_FAIL',
} as const;

export type LoopBound =
  | 'LOOP_BOUND_UNSPECIFIED'
  | 0
  | 'LOOP_BOUND_LAST'
  | 1
  | 'LOOP_BOUND_FAIL'
  | 2

export type LoopBound__Output = typeof LoopBound[keyof typeof LoopBound]
