// Original file: helium/v1/workflow.proto

export const ListFormat = {
  LIST_FORMAT_UNSPECIFIED: 'LIST_FORMAT_UNSPECIFIED',
  LIST_FORMAT_LINES: 'LIST_FORMAT_LINES',
  LIST_FORMAT_BULLETS: 'LIST_FORMAT_BULLETS',
  LIST_FORMAT_JSON: 'LIST_FORMAT_JSON',
} as const;

export type ListFormat =
  | 'LIST_FORMAT_UNSPECIFIED'
  | 0
  | 'LIST_FORMAT_LINES'
  | 1
  | 'LIST_FORMAT_BULLETS'
  | 2
  | 'LIST_FORMAT_JSON'
  | 3

export type ListFormat__Output = typeof ListFormat[keyof typeof ListFormat]
