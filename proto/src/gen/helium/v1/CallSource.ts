// Original file: helium/v1/run.proto

export const CallSource = {
  CALL_SOURCE_UNSPECIFIED: 'CALL_SOURCE_UNSPECIFIED',
  CALL_SOURCE_WORKER: 'CALL_SOURCE_WORKER',
  CALL_SOURCE_PROMPT_CACHE: 'CALL_SOURCE_PROMPT_CACHE',
  CALL_SOURCE_MERGED: 'CALL_SOURCE_MERGED',
} as const;

export type CallSource =
  | 'CALL_SOURCE_UNSPECIFIED'
  | 0
  | 'CALL_SOURCE_WORKER'
  | 1
  | 'CALL_SOURCE_PROMPT_CACHE'
  | 2
  | 'CALL_SOURCE_MERGED'
  | 3

export type CallSource__Output = typeof CallSource[keyof typeof CallSource]
