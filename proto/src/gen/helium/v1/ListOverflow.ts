// Original file: helium/v1/workflow.proto

export const ListOverflow = {
  LIST_OVERFLOW_UNSPECIFIED: 'LIST_OVERFLOW_UNSPECIFIED',
  LIST_OVERFLOW_FAIL: 'LIST_OVERFLOW_FAIL',
  LIST_OVERFLOW_TRUNCATE: 'LIST_OVERFLOW_TRUNCATE',
} as const;

export type ListOverflow =
  | 'LIST_OVERFLOW_UNSPECIFIED'
  | 0
  | 'LIST_OVERFLOW_FAIL'
  | 1
  | 'LIST_OVERFLOW_TRUNCATE'
  | 2

export type ListOverflow__Output = typeof ListOverflow[keyof typeof ListOverflow]
